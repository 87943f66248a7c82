/** The next float32 above a positive one: what is at least that is above the value. */
export function floatAbove(value: number): number {
  return floatStepsFrom(value, 1);
}

/** The next float32 below a positive one: what is above that is at least the value. */
export function floatBelow(value: number): number {
  return floatStepsFrom(value, -1);
}

function floatStepsFrom(value: number, steps: number): number {
  const float = new Float32Array([value]);
  new Uint32Array(float.buffer)[0]! += steps;
  return float[0]!;
}
