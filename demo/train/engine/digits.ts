import {unzipSync} from 'fflate';

import {parseIdx} from '../../../examples/shared/idx';
import type {ImageSet} from '../../../examples/shared/images';
import {DIGIT_FILES} from '../digit_files';
import type {Part} from '../digit_files';

/** Images to train on, and others to test with. */
export type Digits = Record<Part, ImageSet>;

/**
 * Fetches the digits of the site.
 * @throws If they do not come, or come damaged.
 */
export async function fetchDigits(url: string): Promise<Digits> {
  const answer = await fetch(url).catch((error: unknown) => {
    throw new Error('The images did not load. Is the network available?', {cause: error});
  });
  if (!answer.ok) throw new Error(`The images did not load: the server says ${answer.status} ${answer.statusText}`);
  const files = unzipSync(new Uint8Array(await answer.arrayBuffer()));
  return {train: imageSet(files, 'train'), test: imageSet(files, 'test')};
}

function imageSet(files: Record<string, Uint8Array>, part: Part): ImageSet {
  const read = (name: string) => parseIdx(files[name]!, name);
  const {shape: [size, height, width], data: pixels} = read(DIGIT_FILES[part].images);
  const labels = read(DIGIT_FILES[part].labels).data;
  return {pixels, labels, size: size!, height: height!, width: width!, channels: 1, classes: 10};
}
