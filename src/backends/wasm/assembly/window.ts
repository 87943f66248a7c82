/** The window that the next kernel works with, set before each call; every size in entries. */

export let batch: i32 = 0;
export let channels: i32 = 0;
export let inHeight: i32 = 0;
export let inWidth: i32 = 0;
export let kernelHeight: i32 = 0;
export let kernelWidth: i32 = 0;
export let strideY: i32 = 0;
export let strideX: i32 = 0;
export let dilationY: i32 = 0;
export let dilationX: i32 = 0;
export let top: i32 = 0;
export let left: i32 = 0;
export let outHeight: i32 = 0;
export let outWidth: i32 = 0;

export function setWindow(
    batch_: i32, channels_: i32, inHeight_: i32, inWidth_: i32, kernelHeight_: i32, kernelWidth_: i32, strideY_: i32,
    strideX_: i32, dilationY_: i32, dilationX_: i32, top_: i32, left_: i32, outHeight_: i32, outWidth_: i32): void {
  batch = batch_;
  channels = channels_;
  inHeight = inHeight_;
  inWidth = inWidth_;
  kernelHeight = kernelHeight_;
  kernelWidth = kernelWidth_;
  strideY = strideY_;
  strideX = strideX_;
  dilationY = dilationY_;
  dilationX = dilationX_;
  top = top_;
  left = left_;
  outHeight = outHeight_;
  outWidth = outWidth_;
}

/** The first tap of a window that begins at `start` (maybe before the image) to lie in the image. */
export function firstTap(start: i32, dilation: i32): i32 {
  return start >= 0 ? 0 : (dilation - 1 - start) / dilation;
}

/** The tap after the last one in the image, at least `first`. */
export function endTap(start: i32, dilation: i32, taps: i32, size: i32, first: i32): i32 {
  return start >= size ? first : max(first, min(taps, (size - 1 - start) / dilation + 1));
}
