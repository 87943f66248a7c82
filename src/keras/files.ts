import {replaceFile} from '../models/io/folder';
import {isNode, nodeFiles} from '../models/io/node_files';

/** Writes a file whole or not at all: beside its place first, then into it in one step. */
export async function writeFileWhole(op: string, file: string, bytes: Uint8Array): Promise<void> {
  requireNode(op);
  const {fs, path} = await nodeFiles();
  try {
    await replaceFile({fs, path}, path.dirname(file), path.basename(file), bytes);
  } catch (error) {
    throw new Error(`${op}: ${file} cannot be written: ${(error as Error).message}`, {cause: error});
  }
}

/** The bytes of a file; devices and pipes, which may never end, are refused. */
export async function readFileBytes(op: string, file: string): Promise<Uint8Array> {
  requireNode(op);
  const {fs} = await nodeFiles();
  try {
    if (!(await fs.stat(file)).isFile()) throw new Error('it is not a file. Pass the path of one.');
    return await fs.readFile(file);
  } catch (error) {
    throw new Error(`${op}: ${file} cannot be read: ${(error as Error).message}`, {cause: error});
  }
}

function requireNode(op: string): void {
  if (!isNode()) throw new Error(`${op}: a path is for Node; a page has no files. Take and give bytes (Uint8Array) here.`);
}
