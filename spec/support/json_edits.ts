/** Random edits of JSON values. */
import * as fc from 'fast-check';

export type Json = null | boolean | number | string | Json[] | {[key: string]: Json};

/** Every place in a JSON value, as the keys that lead there. */
export function placesIn(value: Json, path: string[] = []): string[][] {
  if (value === null || typeof value !== 'object') return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => placesIn(inner, [...path, key]))];
}

/** The value with another one in that place. */
export function replaced(value: Json, [key, ...rest]: string[], by: Json): Json {
  if (key === undefined) return by;
  const copy = (Array.isArray(value) ? [...value] : {...value as object}) as {[key: string]: Json};
  copy[key] = replaced(copy[key]!, rest, by);
  return copy;
}

/** Any JSON value of modest size. */
export const anyJson = fc.oneof(fc.constantFrom<Json>(null, true, -1, 0, 0.5, 3, 1e6, '', 'relu', [], {}),
    fc.integer({min: -100, max: 100}), fc.jsonValue({maxDepth: 2}).map(value => value as Json));

/** The value in a place. */
function at(value: Json, path: string[]): Json {
  return path.reduce((inner, key) => (inner as {[key: string]: Json})[key]!, value);
}

/** The value without that place; entries after it in a list move up. */
function without(value: Json, [key, ...rest]: string[]): Json {
  if (key === undefined || value === null || typeof value !== 'object') return value;
  if (rest.length > 0) return replaced(value, [key], without((value as {[key: string]: Json})[key]!, rest));
  if (Array.isArray(value)) return value.filter((_, i) => String(i) !== key);
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
}

/** One edit: a value becomes any other, that of another place, a number nearby; it goes, or comes twice. */
function edit(value: Json): fc.Arbitrary<Json> {
  const places = placesIn(value).filter((path) => path.length > 0);
  if (places.length === 0) return anyJson;
  const place = fc.constantFrom(...places);
  const numbers = places.filter((path) => typeof at(value, path) === 'number');
  const lists = [[], ...places].filter((path) => Array.isArray(at(value, path)));
  return fc.oneof(
      fc.tuple(place, anyJson).map(([path, by]) => replaced(value, path, by)),
      fc.tuple(place, place).map(([path, from]) => replaced(value, path, at(value, from))),
      place.map((path) => without(value, path)),
      ...numbers.length === 0 ? [] : [fc.tuple(fc.constantFrom(...numbers), fc.integer({min: -2, max: 3})).map(
          ([path, by]) => replaced(value, path, (at(value, path) as number) + by))],
      ...lists.length === 0 ? [] : [fc.constantFrom(...lists).map((path) => {
        const list = at(value, path) as Json[];
        return replaced(value, path, [...list, ...list.slice(-1)]);
      })]);
}

/** The value after one to three edits. */
export function edited(value: Json): fc.Arbitrary<Json> {
  return fc.integer({min: 1, max: 3}).chain((count) => {
    let found: fc.Arbitrary<Json> = fc.constant(value);
    for (let i = 0; i < count; i++) found = found.chain(edit);
    return found;
  });
}
