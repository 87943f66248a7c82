import * as tf from '@tensorflow/tfjs-core';
import type {io} from '@tensorflow/tfjs-core';

import {show} from '../../validate';
import {folderHandler} from './folder';
import {httpHandler} from './http';
import {isNode, nodeFiles} from './node_files';

/** Where a model is saved to or loaded from: a URL as tfjs takes it, in Node a folder, or an IOHandler. */
export type ModelPlace = string | io.IOHandler;

/** A handler, and what messages call it. */
export interface NamedHandler {
  handler: io.IOHandler;
  name: string;
}

/** Finds the one that saves there. */
export async function saveHandler(op: string, target: unknown): Promise<NamedHandler> {
  const found = await resolve(op, target, (url) => tf.io.getSaveHandlers(url));
  if (!found.handler.save) throw new Error(`${op}: ${found.name} can load models only, it has no method save. Save elsewhere.`);
  return found;
}

/** Finds the one that loads from there. */
export async function loadHandler(op: string, source: unknown, options: io.LoadOptions): Promise<NamedHandler> {
  const found = await resolve(op, source, (url) => {
    const handlers = tf.io.getLoadHandlers(url, options);
    const http = () => [httpHandler(url, options)];
    if (handlers.length === 0) return isNode() ? handlers : http();
    return handlers.length === 1 && isHttp(url, handlers[0]!) ? http() : handlers;
  });
  if (!found.handler.load) {
    throw new Error(`${op}: ${found.name} can save models only, it has no method load. Load from elsewhere.`);
  }
  return found;
}

/** True for tfjs's own handler of http, which reads whatever comes. */
function isHttp(url: string, handler: io.IOHandler | io.IOHandlerSync): boolean {
  return /^https?:/i.test(url) && handler.constructor === tf.io.browserHTTPRequest(url).constructor;
}

async function resolve(
    op: string, place: unknown, handlersOf: (url: string) => (io.IOHandler | io.IOHandlerSync)[]): Promise<NamedHandler> {
  if (typeof place !== 'string') {
    if (place instanceof Object && ('save' in place || 'load' in place)) {
      return {handler: place as io.IOHandler, name: `the ${place.constructor?.name || 'object'} given`};
    }
    throw new Error(`${op}: the place must be a URL, an IOHandler or, in Node, a folder. Got ${show(place)}. Pass one of these.`);
  }
  const folder = await folderOf(place);
  if (folder !== null) return {handler: folderHandler(folder), name: folder};
  const handlers = handlersOf(place);
  if (handlers.length !== 1) {
    throw new Error(`${op}: ${handlers.length === 0 ? 'nothing here handles' : 'more than one handler takes'} the URL ` +
        `${show(place)}. ${handlers.length === 0 ? 'Use a scheme that tfjs knows here, such as indexeddb:// or http://, or in ' +
        'Node the path of a folder.' : 'Pass an IOHandler instead.'}`);
  }
  return {handler: handlers[0] as io.IOHandler, name: place};
}

/** True for a path, or a URL file://, in Node. */
export function isFolder(place: unknown): boolean {
  if (typeof place !== 'string' || place === '' || !isNode()) return false;
  return !/^[a-z][a-z0-9+.-]+:\/\//i.test(place) || /^file:/i.test(place);
}

/** The folder that a path, or a URL file://, means in Node; null for anything else. */
async function folderOf(place: string): Promise<string | null> {
  if (!isFolder(place)) return null;
  if (!/^file:\/\//i.test(place)) return place;
  const {url} = await nodeFiles();
  return place.startsWith('file:///') ? url.fileURLToPath(place) : place.slice('file://'.length);
}
