/**
 * The document's case of FC as CONV: a classifier for 224x224 that reduces by 32, as a fully convolutional network on
 * 384x384. One pass gives the scores of the 36 crops at stride 32, a good deal faster than crop by crop.
 */
import {mkdirSync} from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor4D} from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {models} from '../../src';
import {startBackend} from '../shared/backend';
import {listenForInterrupt, breathe} from '../shared/interrupt';
import {packageFolder} from '../shared/package_folder';
import {readPng, writePng} from '../shared/png';
import {startProgress} from '../shared/progress';
import {median} from '../shared/statistics';
import {textTable} from '../shared/table';
import {wrapText} from '../../src/text_table';
import {inOneBatch, inOnePass, largestDifference, oneByOne} from './crops';
import {findDigits} from './digits';
import {slidingFlags} from './flags';
import type {SlidingFlags} from './flags';
import {heatMap} from './heat_map';
import {classifier, CLASSES, CROP, LARGE, PLACES} from './networks';

const say = (text: string) => console.log(text);
const note = (text: string) => console.error(text);

/** What the full network on tfjs-node has to reach. */
const EXPECTED_SPEEDUP = 8;
const TOLERANCE = 1e-4;
/** Of the network with padding, which shows a difference and needs no size. */
const PADDED_SLIM = 16;

/** @returns the exit code */
async function main(args: string[]): Promise<number> {
  const flags = slidingFlags(args);
  if (typeof flags === 'number') return flags;
  const interrupt = listenForInterrupt(note);
  const backend = await startBackend(flags.backend, note);
  const picture = realPicture();
  const model = classifier(flags.slim, 1, flags.seed);
  const onLarge = models.toFullyConvolutional(model, {inputShape: [LARGE, LARGE, 3]});
  say(wrapText(`On ${backend.title}: ${CROP}x${CROP}x3 to 7x7, then ${CLASSES} classes; ${multiplyAdds(model)} multiply-adds ` +
      `per crop before the fully connected part. On ${LARGE}x${LARGE} the fully convolutional form gives ` +
      `[${(onLarge.outputs[0]!.shape.slice(1))}].\n`));

  const ways = [
    {name: 'one pass', run: () => inOnePass(onLarge, picture)},
    {name: '36 crops in one batch', run: () => inOneBatch(model, picture)},
    {name: '36 crops one by one', run: () => oneByOne(model, picture)},
  ];
  const {scores, times} = await race(ways.map(({run}) => run), flags, interrupt.signal);
  if (interrupt.signal.aborted) return interrupt.exitCode();
  const medians = times.map(median);
  say(textTable(['way', 'seconds', 'relative to one pass'],
      ways.map(({name}, i) => [name, (medians[i]! / 1000).toFixed(2), (medians[i]! / medians[0]!).toFixed(1)])));
  const difference = largestDifference(scores[0]!, scores[1]!);
  const speedup = Math.min(medians[1]!, medians[2]!) / medians[0]!;
  say(wrapText(`The scores differ by ${difference.toExponential(1)} of the largest: this network pads nowhere, so each ` +
      `place sees exactly its crop. One pass is ${speedup.toFixed(1)} times faster than the faster of the other ways: what ` +
      'the crops share is computed once.\n'));

  say(`${padding(picture, flags)}\n`);
  say(`${average(scores[0]!)}\n`);
  await mapOfDigits(flags);
  const failures = [
    ...(difference > TOLERANCE ? [`the scores differ by more than ${TOLERANCE}`] : []),
    ...(flags.slim === 1 && backend.name === 'tensorflow' && speedup < EXPECTED_SPEEDUP ?
      [`one pass is less than ${EXPECTED_SPEEDUP} times faster`] : []),
  ];
  failures.forEach((failure) => note(`FAILED: ${failure}.`));
  return failures.length > 0 ? 1 : 0;
}

/** The weights above are random; a small net that has learnt something shows what a map of scores is good for. */
async function mapOfDigits({seed, out}: SlidingFlags): Promise<void> {
  const progress = startProgress('Learning digits');
  const map = await findDigits(seed, (done, all) => progress.update(done, all)).finally(() => progress.stop());
  mkdirSync(out, {recursive: true});
  const file = path.join(out, 'heat_map.png');
  await writePng(file, heatMap(map));
  const {length: times} = map.written.filter((digit) => digit === map.label);
  say(wrapText(`Heat map: a small net learnt single digits, and in one pass looks for ${map.label}, which is written ${times} ` +
      `${times === 1 ? 'time' : 'times'}: ${file}`));
  tf.dispose([map.picture, map.probability]);
}

/** A photograph of 384x384 with values around 0, [1, 384, 384, 3] before scaling. */
function realPicture(): Tensor4D {
  const folder = packageFolder('@upscalerjs/default-model');
  return tf.tidy(() => {
    const picture = tf.expandDims(readPng(path.join(folder, 'assets', 'samples', '2x', 'result.png'))) as Tensor4D;
    return tf.image.resizeBilinear(picture, [LARGE, LARGE]);
  });
}

function multiplyAdds(model: LayersModel): string {
  const {layers} = models.describe(model, null, {print: null});
  const before = layers.slice(0, layers.findIndex(({className}) => className === 'Flatten'));
  return `${(before.reduce((sum, layer) => sum + layer.multiplyAddsForward!, 0) / 1e9).toPrecision(3)} G`;
}

/** Runs the ways in turns, so that what else the machine does meets all of them alike; the first round is not timed. */
async function race(ways: (() => Tensor)[], {repeats}: SlidingFlags, signal: AbortSignal) {
  const scores: Tensor[] = [];
  const times: number[][] = ways.map(() => []);
  const progress = startProgress('Timing');
  try {
    for (let round = 0; round <= repeats; round++) {
      for (const [i, run] of ways.entries()) {
        if (signal.aborted) return {scores, times};
        const start = performance.now();
        const result = run();
        await result.data();
        if (round > 0) times[i]!.push(performance.now() - start);
        if (round === 0) scores.push(result);
        else result.dispose();
        progress.update(round * ways.length + i + 1, (repeats + 1) * ways.length);
        await breathe();
      }
    }
  } finally {
    progress.stop();
  }
  return {scores, times};
}

/** What padding does to 'identical'. */
function padding(picture: Tensor4D, {slim, seed}: SlidingFlags): string {
  return tf.tidy(() => {
    const model = classifier(Math.max(slim, PADDED_SLIM), 3, seed);
    const open = models.toFullyConvolutional(model);
    const crop = tf.slice(picture, [0, 0, 0, 0], [1, CROP, CROP, 3]);
    const own = largestDifference(tf.reshape(open.predict(crop) as Tensor, [1, -1]), model.predict(crop) as Tensor);
    const large = largestDifference(inOnePass(open, picture), inOneBatch(model, picture));
    [model, open].forEach((each) => each.dispose());
    return wrapText(`With 3x3 convolutions that pad by 1 (1/${Math.max(slim, PADDED_SLIM)} of the filters) the scores differ ` +
        `by ${own.toExponential(1)} at the original's own size and by ${large.toExponential(1)} on ${LARGE}x${LARGE}: at a ` +
        'crop\'s border the original sees zeros where the large picture has pixels.');
  });
}

/** The document's last step: one crop against the average over the places. */
function average(scores: Tensor): string {
  return tf.tidy(() => {
    const mean = tf.mean(scores, 0);
    const middle = tf.squeeze(tf.slice(scores, [Math.floor(PLACES / 2) * PLACES + Math.floor(PLACES / 2), 0], [1, -1]), [0]);
    const [best, one] = [mean, middle].map((row) => Array.from(tf.topk(row, 5).indices.dataSync()));
    const shared = best!.filter((label) => one!.includes(label)).length;
    return wrapText(`Of the top five classes of the average over the ${PLACES * PLACES} places (${best!.join(', ')}), ` +
        `${shared} are among the top five of the middle crop (${one!.join(', ')}); the two scores differ by ` +
        `${largestDifference(middle, mean).toExponential(1)} of the largest. The average is the steadier one.`);
  });
}

main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
}, (error) => {
  note(error instanceof Error ? error.stack ?? error.message : String(error));
  process.exitCode = 1;
});
