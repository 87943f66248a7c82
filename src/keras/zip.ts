import {KerasFileError, messageOf} from './hdf5';
import {loadZip} from './packages';

/** Files by their names. */
export type Members = {[name: string]: Uint8Array};

/** Makes a zip file whose members are stored, as Keras's are. */
export async function writeZip(op: string, members: Members): Promise<Uint8Array> {
  const {zipSync} = await loadZip(op);
  return zipSync(members, {level: 0, mtime: new Date(1980, 0, 1)});
}

/** Reads a zip file; fflate does not compare checksums, so this does. */
export async function readZip(op: string, label: string, bytes: Uint8Array): Promise<Members> {
  const {unzipSync} = await loadZip(op);
  let members: Members;
  try {
    members = unzipSync(bytes);
  } catch (error) {
    throw new KerasFileError(`${label} is damaged or cut short: ${messageOf(error)}.`, error);
  }
  const sums = checksums(bytes);
  for (const [name, data] of Object.entries(members)) {
    if (!name.endsWith('/') && crc32(data) !== sums.get(name)) {
      throw new KerasFileError(`${label} is damaged: its part ${name} is not what was written. Copy the file again.`);
    }
  }
  return members;
}

/** True for the first bytes of a zip file. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b;
}

const END = 0x06054b50;
const ENTRY = 0x02014b50;

/** The CRC-32 of each member, from the directory at the end of the file. */
function checksums(bytes: Uint8Array): Map<string, number> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = bytes.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== END) end--;
  const sums = new Map<string, number>();
  let place = view.getUint32(end + 16, true);
  while (place + 46 <= bytes.length && view.getUint32(place, true) === ENTRY) {
    const [name, extra, comment] = [28, 30, 32].map((offset) => view.getUint16(place + offset, true));
    const text = new TextDecoder().decode(bytes.subarray(place + 46, place + 46 + name!));
    sums.set(text, view.getUint32(place + 16, true));
    place += 46 + name! + extra! + comment!;
  }
  return sums;
}

const crcTable = Uint32Array.from({length: 256}, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  return c;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = crcTable[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
