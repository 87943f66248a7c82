import * as tf from '@tensorflow/tfjs-core';

import {lineChart} from '../../examples/shared/chart';
import {parseIdx} from '../../examples/shared/idx';
import {batchesOf, batchOf} from '../../examples/shared/images';
import {loadMnist} from '../../examples/shared/mnist';
import {seededRandom, shuffled} from '../../examples/shared/random';
import {median, smoothed} from '../../examples/shared/statistics';
import {textTable} from '../../examples/shared/table';
import {wrapText} from '../../src/text_table';
import {backendNames} from '../support/backends';

describe('examples/shared', () => {
  beforeAll(() => tf.setBackend(backendNames[0]!));

  it('reads IDX files and names what is wrong with one', () => {
    const file = Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6);
    expect(parseIdx(file, 'x')).toEqual({shape: [2, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 6)});
    expect(() => parseIdx(file.subarray(0, 17), 'x')).toThrowError(/x: the sizes \[2,3\] ask for 6 bytes. Got 5/);
    expect(() => parseIdx(file.subarray(0, 7), 'x')).toThrowError(/ends inside its header/);
    expect(() => parseIdx(Uint8Array.of(1, 0, 8, 0), 'x')).toThrowError(/not an IDX file/);
    expect(() => parseIdx(Uint8Array.of(0, 0, 13, 0), 'x')).toThrowError(/Got type 13/);
  });

  it('has the real digits: 60,000 and 10,000, each class about as often as it is known to be', () => {
    const [train, test] = [loadMnist('train'), loadMnist('test')];
    expect([train.size, test.size, train.height, train.width]).toEqual([60_000, 10_000, 28, 28]);
    const counts = Array.from({length: 10}, (_, digit) => train.labels.filter((label) => label === digit).length);
    expect(counts).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    expect(loadMnist('test', 5).size).toBe(5);
    expect(() => loadMnist('test', 10_001)).toThrowError(/from 1 to 10000/);
  });

  it('makes batches of them: values from 0 to 1, labels one-hot', async () => {
    const set = loadMnist('train', 4);
    const {x, y} = batchOf(set, [3, 0]);
    expect([x.shape, y.shape]).toEqual([[2, 28, 28, 1], [2, 10]]);
    expect((await x.max().data())[0]).toBe(1);
    expect([...await tf.argMax(y, 1).data()]).toEqual([1, 5]);
    tf.dispose([x, y]);
    expect(batchesOf(Uint32Array.of(4, 3, 2, 1, 0), 2).map((batch) => [...batch])).toEqual([[4, 3], [2, 1], [0]]);
  });

  it('shuffles by a seed', () => {
    const order = (seed: number) => [...shuffled(100, seededRandom(seed))];
    expect(order(1)).toEqual(order(1));
    expect(order(1)).not.toEqual(order(2));
    expect(order(1).sort((a, b) => a - b)).toEqual(Array.from({length: 100}, (_, i) => i));
  });

  it('takes medians and means of neighbours', () => {
    expect(median([5, 1, 3])).toBe(3);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBeNaN();
    expect(smoothed([0, 3, 6, 9], 1)).toEqual([1.5, 3, 6, 7.5]);
  });

  it('keeps tables and text to 80 columns', () => {
    const table = textTable(['what', 'a', 'b'], [['long '.repeat(30).trim(), '1.0', '22'], ['short', '3', '4']]);
    expect(Math.max(...table.split('\n').map((line) => line.length))).toBe(80);
    expect(table.match(/long/g)!.length).toBe(30);
    expect(wrapText('word '.repeat(40)).split('\n').every((line) => line.length <= 80)).toBeTrue();
  });

  it('draws curves with a legend as SVG', async () => {
    const svg = await lineChart([{name: 'one', x: [1, 2], y: [3, 4]}, {name: 'two', x: [1, 2], y: [4, 3]}],
        {title: 'Title', xTitle: 'step', yTitle: 'loss'});
    expect(svg).toMatch(/^<svg .*<\/svg>$/s);
    for (const text of ['Title', 'step', 'loss', 'one', 'two']) expect(svg).toContain(`>${text}</text>`);
  });
});
