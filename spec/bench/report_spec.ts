import type {Result} from '../../bench/jobs';
import {figures, percent} from '../../bench/report/format';
import {pageText} from '../../bench/report/page';
import {drawings} from '../../bench/report/pictures';
import {terminalReport} from '../../bench/report/terminal';

const times = (median: number) => ({median, quartiles: [median - 1, median + 1] as [number, number], samples: 9});

const row = (name: string, ratio: number, target: number | null): Result => ({
  section: 'rows', backend: 'tensorflow', item: name, found: {
    name, backend: 'tensorflow', ours: times(10), builtIn: times(10 * ratio), ratio, ratioQuartiles: [ratio / 2, 2 * ratio],
    target, compared: {rounds: 20, difference: 3e-7}, builtInError: null,
  },
});

const alone: Result = {
  section: 'rows', backend: 'wasm', item: 'Net S', found: {
    name: 'Net S', backend: 'wasm', ours: times(128), builtIn: null, ratio: null, ratioQuartiles: null, target: null,
    compared: null, builtInError: 'no kernel',
  },
};

const grown: Result = {
  section: 'growth', backend: 'tensorflow', item: 'growth: batch', found: {
    dimension: 'batch', points: [16, 32].map((value) => ({
      value, flop: 1e9 * value, ms: {ours: value, builtIn: 2 * value}, peak: {ours: 1e6 * value, builtIn: 2e6 * value},
    })),
  },
};

const threaded = (name: string, builtIn: number | null): Result => ({
  section: 'threads', backend: 'wasm', item: `threads: ${name}`, found: {
    name, browser: 'Chromium 156', target: builtIn && 1.1,
    points: [[1, 100, 80], [2, 40, 60], [4, 50, 80]].map(([threads, ours, product]) => (
      {threads: threads!, ours: ours!, builtIn: builtIn && builtIn / threads!, product: product!})),
  },
});

const results = [row('a name so long that it cannot stand in one line of a table', 2.25, 2), row('slow', 0.5, 1), alone, grown];

describe('bench: report', () => {
  it('keeps three figures', () => {
    expect([0, 0.0012, 0.123, 4.567, 78.94, 1234.4].map(figures)).toEqual(['0.00', '0.001', '0.123', '4.57', '78.9', '1234']);
    expect(percent(0.345)).toBe('34.5 %');
  });

  it('stays in 80 columns and says what is reached', () => {
    const text = terminalReport(results);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(text).toMatch(/2\.25.*1\.13-4\.50.*2 yes/);
    expect(text).toMatch(/slow.*0\.500.*1 NO/);
    expect(text).toMatch(/Net S.*128.*throws/);
    expect(text).toContain('3.0e-7');
  });

  it('makes a page with the machine, the versions, the date, the command and every table', () => {
    const page = pageText({
      results, backends: ['cpu: tfjs-core 4.22.0'], missing: ['Not measured: Keras'], date: new Date('2026-11-23T08:00:00Z'),
      machine: {processor: 'A processor', cores: 2, memoryGB: 25, system: 'Linux x64', node: '20.1.0'},
      command: 'npm run bench -- --write',
    }, [{file: 'ratios.svg', alt: 'Ratios'}]);
    for (const part of ['`npm run bench -- --write` on 2026-11-23', 'A processor, 2 cores, 25 GB',
      'tfjs-core 4.22.0', '- Not measured: Keras',
      '![Ratios](images/ratios.svg)', '| slow | 10.0 | 5.00 | 0.500 | 0.250-1.00 | 1 NO |']) {
      expect(page).toContain(part);
    }
  });

  it('says what threads gain, beside what a plain product gains', () => {
    const text = terminalReport([threaded('conv', 84), threaded('Net S, training step', null)]).replace(/ +/g, ' ');
    expect(text).toContain('conv, 1 thread │ 100 │ 84.0 │ 0.840 │ 1.00 │ 1.00 │ │');
    expect(text).toContain('conv, 2 threads │ 40.0 │ 42.0 │ 1.05 │ 2.50 │ 1.33 │ ratio 1.1 NO │');
    expect(text).toMatch(/40\.0 │ throws │ │ 2\.50 │ 1\.33 │ gain 1\.7 yes/);
    expect(text).toContain('Chromium 156');
  });

  it('draws what was measured, and nothing else', async () => {
    const pictures = await drawings(results);
    expect(pictures.map(({file}) => file))
      .toEqual(['benchmark_ratios.svg', 'benchmark_growth_time.svg', 'benchmark_growth_memory.svg']);
    for (const {svg} of pictures) expect(svg).toMatch(/^<svg.*<path/s);
    expect(pictures[1]!.svg).toContain('in proportion to the arithmetic');
    expect(await drawings([])).toEqual([]);
  });
});
