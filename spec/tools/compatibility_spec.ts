import {readFileSync} from 'node:fs';
import path from 'node:path';

import * as tf from '@tensorflow/tfjs-core';

import {catalogue} from '../../src/catalogue';
import {array} from '../../src/reference';
import {ROOT} from '../../tools/bootstrap/root.mjs';
import {features} from '../../tools/compatibility/features';
import {kept, runKept} from '../../tools/compatibility/kept';
import {runFeatures} from '../../tools/compatibility/run';
import {cell, compatibilityPage} from '../../tools/compatibility/table';
import {describeOnBackends} from '../support/backends';

const page = readFileSync(path.join(ROOT, 'docs', 'compatibility.md'), 'utf8');
const [table, keptTable] = page.split('## What a converted model cannot do').map((part) =>
  part.split('\n').filter((line) => line.startsWith('| ')).map((line) => line.split(' | ').map((text) =>
    text.replace(/^\| | \|$/g, '')))) as [string[][], string[][]];

describe('docs/compatibility.md', () => {
  it('knows every layer that stays as it is', () => {
    const stays = Object.entries(catalogue).filter(([, row]) => !row.explicit && !row.becomes).map(([name]) => name);
    const tried = Object.keys(kept).map((title) => title.split(' ')[0]);
    expect(stays.filter((name) => !tried.includes(name))).toEqual([]);
  });
});

describeOnBackends('docs/compatibility.md', (backend) => {
  it('says what a run finds', async () => {
    const column = table[0]!.indexOf(backend);
    expect(column).toBeGreaterThan(0);
    const said = Object.fromEntries(table.slice(2).map((row) => [row[0], row[column]]));
    const found = Object.fromEntries((await runFeatures(features)).map((result) => [result.title, cell(result)]));
    expect(found).toEqual(said);
  }, 600_000);

  it('says what a run finds of kept layers', async () => {
    const column = keptTable[0]!.indexOf(backend);
    expect(column).toBeGreaterThan(0);
    const said = Object.fromEntries(keptTable.slice(2).map((row) => [row[0], row[column]]));
    for (const result of await runKept()) {
      const word = said[result.title] ?? '✓';
      expect(typeof result.output === 'string').withContext(result.title).toBe(word === 'throws');
      if (word !== 'throws') expect(result.trains).withContext(result.title).toBe(!word.includes('does not train'));
    }
  });

  it('would tell a wrong value, a wrong gradient and an error apart', async () => {
    const x = array([2], [1, 2]);
    const double = {shape: [2], data: Float64Array.of(2, 4)};
    const twice = {
      title: 'twice', op: 'relu' as const, inputs: {x},
      exact: () => ({out: double, backward: (dout: typeof x) => [{shape: [2], data: dout.data.map((d) => 2 * d)}]}),
    };
    const results = await runFeatures([
      {...twice, ours: (t) => tf.mul(t!, 2), builtIn: (t) => tf.mul(t!, 3)},
      {...twice, ours: () => { throw new Error('no\nway'); }, builtIn: tf.customGrad((t) => ({
        value: tf.mul(t as tf.Tensor, 2), gradFunc: (d: tf.Tensor | tf.Tensor[]) => d as tf.Tensor,
      })) as (...inputs: tf.Tensor[]) => tf.Tensor},
      {...twice, ours: (t) => tf.mul(t!, 2), builtIn: tf.customGrad((t) => ({
        value: tf.mul(t as tf.Tensor, 2), gradFunc: () => { throw new Error('no gradient'); },
      })) as (...inputs: tf.Tensor[]) => tf.Tensor},
    ]);
    expect(results.map(cell)).toEqual(['✓ / wrong', 'throws / gradient wrong', '✓ / gradient throws']);
    expect(results[1]!.ours.detail).toBe('no');
    const text = compatibilityPage([{backend, environment: 'here', results, kept: []}], 'a command');
    expect(text).toContain(`- twice\n  - ${backend}: throws, \`no\``);
  });
});
