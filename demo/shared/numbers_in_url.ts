/** Numbers in an address: as a list where that is short, else as base64 of their float32 bits, which keeps them exactly. */
export function writeNumbers(values: readonly number[]): string {
  const list = values.map(String).join(',');
  return list.length <= 5.4 * values.length + 2 ? list : `~${writeBytes(new Uint8Array(new Float32Array(values).buffer))}`;
}

/** @throws If the text holds no numbers, or not `count` of them. */
export function readNumbers(text: string, count: number): number[] {
  const values = text.startsWith('~') ? [...new Float32Array(readBytes(text.slice(1)).buffer)] : text.split(',').map(Number);
  if (values.length !== count || !values.every(Number.isFinite)) throw new Error(`${count} numbers were expected.`);
  return values;
}

/** Bytes as letters that an address takes as they are. */
export function writeBytes(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
    .replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** @throws If the text is no base64. */
export function readBytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
}
