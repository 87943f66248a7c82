/** The position along each axis of the entry at this place of a flat list. */
export function indexOf(at: number, shape: number[]): number[] {
  let rest = at;
  return [...shape].reverse().map(size => {
    const place = rest % size;
    rest = Math.floor(rest / size);
    return place;
  }).reverse();
}
