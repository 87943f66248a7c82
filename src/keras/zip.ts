import {damagedFile, messageOf} from './hdf5';
import {loadPackage} from './packages';

const loadZip = (op: string) => loadPackage(op, 'fflate', 'the zip format', () => import('fflate'));

/** Makes a zip file whose members are stored, as Keras's are. */
export async function writeZip(op: string, members: {[name: string]: Uint8Array}): Promise<Uint8Array> {
  const {zipSync} = await loadZip(op);
  return zipSync(members, {level: 0, mtime: new Date(1980, 0, 1)});
}

/** A zip file whose members are unpacked one by one, as they are asked for. */
export interface Zip {
  /**
   * The bytes of a member.
   * @param most what it may have when it is unpacked
   * @param what it is, for the message where it has more; null returns null then
   * @throws If it is missing, damaged, or has more.
   */
  member(name: string, most: number, what: string): Uint8Array;
  member(name: string, most: number, what: null): Uint8Array | null;
}

/** Opens a zip file. Sizes are compared before anything is unpacked, and checksums after, which fflate does not. */
export async function openZip(op: string, label: string, bytes: Uint8Array): Promise<Zip> {
  const {inflateSync} = await loadZip(op);
  const entries = entriesOf(label, bytes);
  const unpack = (name: string, {method, packed, size, sum}: Entry): Uint8Array => {
    let data: Uint8Array;
    try {
      if (method !== 0 && method !== 8) throw new Error(`it is packed by method ${method}`);
      // A byte more than was said shows that more was packed.
      data = method === 0 ? packed : inflateSync(packed, {out: new Uint8Array(size + 1)});
    } catch (error) {
      throw damagedFile(`${label} is damaged or cut short: its part ${name}: ${messageOf(error)}`, error);
    }
    if (data.length !== size || crc32(data) !== sum) {
      throw damagedFile(`${label} is damaged: its part ${name} is not what was written`);
    }
    return data;
  };
  function member(name: string, most: number, what: string): Uint8Array;
  function member(name: string, most: number, what: null): Uint8Array | null;
  function member(name: string, most: number, what: string | null): Uint8Array | null {
    const entry = entries.get(name);
    if (!entry) throw damagedFile(`${label} has no ${name}: it is not a model that Keras saved, or damaged`);
    if (entry.size <= most) return unpack(name, entry);
    if (what === null) return null;
    throw damagedFile(`${label}: its part ${name} says that it unpacks to ${entry.size} bytes, too many for ${what}. ` +
        'The file is damaged, or not what it says');
  }
  return {member};
}

/** True for the first bytes of a zip file. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b;
}

const END = 0x06054b50;
const ENTRY = 0x02014b50;

interface Entry {
  /** 0: stored; 8: deflate. */
  method: number;
  packed: Uint8Array;
  size: number;
  /** CRC-32 of what is unpacked. */
  sum: number;
}

/** The members by name, from the directory at the end of the file. */
function entriesOf(label: string, bytes: Uint8Array): Map<string, Entry> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries = new Map<string, Entry>();
  try {
    let end = bytes.length - 22;
    while (view.getUint32(end, true) !== END) end--;
    let place = view.getUint32(end + 16, true);
    while (view.getUint32(place, true) === ENTRY) {
      const [method, name, extra, comment] = [10, 28, 30, 32].map((offset) => view.getUint16(place + offset, true)) as
          [number, number, number, number];
      const [sum, packedSize, size, local] = [16, 20, 24, 42].map((offset) => view.getUint32(place + offset, true)) as
          [number, number, number, number];
      const text = new TextDecoder().decode(bytes.subarray(place + 46, place + 46 + name));
      if ([packedSize, size, local].includes(0xffffffff)) throw new Error(`its part ${text} has 4 GB or more`);
      const from = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
      if (from + packedSize > bytes.length) throw new Error(`its part ${text} ends after the file`);
      entries.set(text, {method, packed: bytes.subarray(from, from + packedSize), size, sum});
      place += 46 + name + extra + comment;
    }
  } catch (error) {
    throw damagedFile(`${label} is damaged or cut short: ${messageOf(error)}`, error);
  }
  return entries;
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
