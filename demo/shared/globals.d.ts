/** The version in package.json, put in when the site is built. */
declare const LIBRARY_VERSION: string;
