declare module 'upng-js' {
  interface Image {
    width: number;
    height: number;
  }
  const UPNG: {
    decode: (png: Uint8Array) => Image;
    toRGBA8: (image: Image) => ArrayBuffer[];
    /** @param colors how many the file may have; 0 for all */
    encode: (frames: ArrayBuffer[], width: number, height: number, colors: number) => ArrayBuffer;
  };
  export default UPNG;
}
