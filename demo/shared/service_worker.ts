import {cleanupOutdatedCaches, precacheAndRoute} from 'workbox-precaching';

/** Every file of the site, put in when the site is built. */
declare const FILES: {url: string, revision: string}[];

cleanupOutdatedCaches();
precacheAndRoute(FILES);
