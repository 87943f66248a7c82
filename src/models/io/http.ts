import type {io} from '@tensorflow/tfjs-core';

import {weightsNamed} from './inside';

/** What a model.json may have; real ones have some megabytes at most. */
const MOST_JSON = 64 << 20;

/**
 * Loads a model from a URL as `tf.io.http` does, with the same options, but for what it takes in: each file once, files
 * beside model.json only (where no option says otherwise), and no more bytes than model.json says.
 */
export function httpHandler(url: string, options: io.LoadOptions): io.IOHandler {
  return {load: async () => load(url, options)};
}

async function load(url: string, options: io.LoadOptions): Promise<io.ModelArtifacts> {
  const get = async (address: string, init: RequestInit | undefined, what: string): Promise<Response> => {
    const response = await (options.fetchFunc ?? fetch)(address, init) as Response;
    if (!response.ok) throw new Error(`${address}, ${what}, answers ${response.status}. Check the URL.`);
    return response;
  };
  const response = await get(url, options.requestInit, 'the model.json of a model');
  const text = await bytesOf(response, MOST_JSON, () => `${url} has more than 64 MB. Check that it is the URL of a model.json.`);
  const {weightsManifest, ...rest} = parse(url, text);
  if (!weightsManifest) return rest;
  const {weightSpecs, names, told} = weightsNamed(url, weightsManifest);
  if (names.length > 0 && Number.isNaN(told)) {
    throw new Error(`${url} does not say how long the weights are: a shape or a dtype is invalid. Save the model again.`);
  }
  const parts: Uint8Array[] = [];
  let left = told;
  for (const [i, address] of (await addressesOf(url, names, options)).entries()) {
    const body = await get(address, options.requestInit, `weights that ${url} names`);
    const part = await bytesOf(body, left, () => `${address}: the weights have more than the ${told} bytes that ` +
        'model.json says. The two do not belong together; save the model again.');
    left -= part.length;
    parts.push(part);
    options.onProgress?.((i + 1) / names.length);
  }
  return {...rest, weightSpecs, weightData: joined(parts).buffer};
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, {length}) => sum + length, 0));
  parts.reduce((end, part) => {
    whole.set(part, end);
    return end + part.length;
  }, 0);
  return whole;
}

function parse(url: string, bytes: Uint8Array): io.ModelJSON {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as io.ModelJSON;
  } catch (error) {
    throw new Error(`${url} is not JSON: ${(error as Error).message}. Check that it is the URL of a model.json.`, {cause: error});
  }
}

async function addressesOf(
    url: string, names: string[], {weightPathPrefix, weightUrlConverter}: io.LoadOptions): Promise<string[]> {
  const [path, query] = [url.replace(/\?.*$/, ''), /\?.*$/.exec(url)?.[0] ?? ''];
  const folder = weightPathPrefix ?? path.slice(0, path.lastIndexOf('/') + 1);
  return Promise.all(names.map(async (name) =>
    (weightUrlConverter ? await weightUrlConverter(name) : `${folder}${name}${query}`)));
}

/** The body, read piece by piece so that what is too long is never held. */
async function bytesOf(response: Response, most: number, tooMany: () => string): Promise<Uint8Array> {
  const check = (length: number) => {
    if (length > most) throw new Error(tooMany());
  };
  if (!response.body) {
    const whole = new Uint8Array(await response.arrayBuffer());
    check(whole.length);
    return whole;
  }
  const reader = response.body.getReader();
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      check(length += next.value.length);
      pieces.push(next.value);
    }
  } catch (error) {
    await reader.cancel().catch(() => null);
    throw error;
  }
  return joined(pieces);
}
