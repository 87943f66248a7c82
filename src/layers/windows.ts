import type {Shape} from '@tensorflow/tfjs-layers';

import {axesOf, axisWindow, outputLength} from '../geometry';
import type {CheckedWindow} from '../geometry';

/**
 * The shape that a window makes of an input shape; unknown sizes stay null.
 * @param channels The channels of the output.
 * @throws If the window does not fit a size that is known.
 */
export function windowOutputShape(label: string, window: CheckedWindow, shape: Shape, channels: number | null): Shape {
  const axes = axesOf(window.dataFormat);
  const height = outputLength(label, 'height', shape[axes.height] ?? null, axisWindow(window, 0));
  const width = outputLength(label, 'width', shape[axes.width] ?? null, axisWindow(window, 1));
  return window.dataFormat === 'channelsLast' ? [shape[0]!, height, width, channels] :
                                               [shape[0]!, channels, height, width];
}
