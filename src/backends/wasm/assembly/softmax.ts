/** Softmax cross-entropy, loss and gradient of a row in one go; a unit is some rows. */
import {firstLanes, get, put, sumLanes} from './lanes';
import {rowsTogether} from './normalization';

/** e^x for x <= 0, to 2 units in the last place (Cephes' polynomial); 0 below -87, NaN for NaN. */
// @ts-ignore: decorator
@inline function exponential(x: v128): v128 {
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(1.44269504)));
  const r = f32x4.sub(f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375))), f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
  let p = f32x4.splat(1.9875691500e-4);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  p = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(p, r), r), r), f32x4.splat(1));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return v128.andnot(f32x4.mul(p, power), f32x4.lt(x, f32x4.splat(-87)));
}

/** ln x for a normal x > 0, through 2 artanh((m - 1) / (m + 1)); other x come back as they are. */
function logarithm(x: f64): f64 {
  if (!(x > 0 && x < Infinity)) return x;
  const bits = reinterpret<i64>(x) - 0x3fe6a09e667f3bcd;  // of sqrt(1/2): m in [sqrt(1/2), sqrt(2))
  const exponent = bits >> 52;
  const m = reinterpret<f64>((bits & 0xfffffffffffff) + 0x3fe6a09e667f3bcd);
  const s = (m - 1) / (m + 1), z = s * s;
  const series = 1 + z * (1.0 / 3 + z * (1.0 / 5 + z * (1.0 / 7 + z * (1.0 / 9 + z * (1.0 / 11 + z / 13)))));
  return <f64>exponent * 0.6931471805599453 + 2 * s * series;
}

/** gradient = e^(x - max) of a row; returns their sum without that of the class `label`. */
function exponentials(x: usize, gradient: usize, classes: i32, largest: f32, label: i32): f32 {
  const shift = f32x4.splat(largest), excluded = i32x4.splat(label), step = i32x4.splat(4);
  let total = f32x4.splat(0), index = i32x4(0, 1, 2, 3);
  for (; classes > 0; classes -= 4, x += 16, gradient += 16) {
    const e = exponential(f32x4.sub(get(x, classes), shift));
    total = f32x4.add(total, v128.and(e, v128.andnot(firstLanes(classes), i32x4.eq(index, excluded))));
    index = i32x4.add(index, step);
    put(gradient, e, classes);
  }
  return sumLanes(total);
}

function largestOf(x: usize, classes: i32): f32 {
  const kept = f32x4.splat(-Infinity);
  let best = kept;
  for (; classes > 0; classes -= 4, x += 16) {
    best = f32x4.pmax(best, v128.bitselect(get(x, classes), kept, firstLanes(classes)));
  }
  return max(max(f32x4.extract_lane(best, 0), f32x4.extract_lane(best, 1)),
      max(f32x4.extract_lane(best, 2), f32x4.extract_lane(best, 3)));
}

function scaleBy(p: usize, factor: f32, n: i32): void {
  const f = f32x4.splat(factor);
  for (; n > 0; n -= 4, p += 16) put(p, f32x4.mul(get(p, n), f), n);
}

/**
 * Labels are classes, int32: loss = ln sum e^x - x[label], gradient = P - onehot; a class out of range gives NaN. The
 * label's own P - 1 is taken as minus the sum of the others, which keeps its digits when it is small.
 */
export function softmaxLossOfClasses(
    x: usize, labels: usize, losses: usize, gradient: usize, rows: i32, classes: i32, scratch: usize, from: i32,
    to: i32): void {
  const ld = <usize>classes * 4, first = from * rowsTogether(classes);
  x += <usize>first * ld;
  gradient += <usize>first * ld;
  labels += <usize>first * 4;
  losses += <usize>first * 4;
  rows = min(rows, to * rowsTogether(classes)) - first;
  for (; rows > 0; --rows, x += ld, gradient += ld, labels += 4, losses += 4) {
    const largest = largestOf(x, classes);
    const label = load<i32>(labels);
    const others = exponentials(x, gradient, classes, largest, label);
    if (<u32>label >= <u32>classes) {
      store<f32>(losses, NaN);
      scaleBy(gradient, 0, classes);
      continue;
    }
    const at = <usize>label * 4;
    const total = <f64>others + <f64>load<f32>(gradient + at);
    store<f32>(losses, <f32>(logarithm(total) - (<f64>load<f32>(x + at) - <f64>largest)));
    const each = <f32>(1 / total);
    scaleBy(gradient, each, classes);
    store<f32>(gradient + at, -others * each);
  }
}

/** Labels are weights [rows, classes]: loss = sum y (ln sum e^x - x) over y other than 0, gradient = P sum(y) - y. */
export function softmaxLossOfWeights(
    x: usize, y: usize, losses: usize, gradient: usize, rows: i32, classes: i32, scratch: usize, from: i32,
    to: i32): void {
  const ld = <usize>classes * 4, first = from * rowsTogether(classes);
  x += <usize>first * ld;
  gradient += <usize>first * ld;
  y += <usize>first * ld;
  losses += <usize>first * 4;
  rows = min(rows, to * rowsTogether(classes)) - first;
  for (; rows > 0; --rows, x += ld, gradient += ld, y += ld, losses += 4) {
    const largest = largestOf(x, classes);
    const total = exponentials(x, gradient, classes, largest, -1);
    const top = f32x4.splat(largest), logTotal = f32x4.splat(<f32>logarithm(total));
    let loss = f32x4.splat(0), weight = f32x4.splat(0);
    for (let c = 0; c < classes; c += 4) {
      const at = <usize>c * 4, lanes = classes - c;
      const w = get(y + at, lanes);
      const term = f32x4.mul(w, f32x4.sub(logTotal, f32x4.sub(get(x + at, lanes), top)));
      loss = f32x4.add(loss, v128.and(term, f32x4.ne(w, f32x4.splat(0))));
      weight = f32x4.add(weight, w);
    }
    store<f32>(losses, sumLanes(loss));
    scaleBy(gradient, sumLanes(weight) / total, classes);
    for (let c = 0; c < classes; c += 4) {
      const at = <usize>c * 4, lanes = classes - c;
      put(gradient + at, f32x4.sub(get(gradient + at, lanes), get(y + at, lanes)), lanes);
    }
  }
}
