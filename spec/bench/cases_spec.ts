import {cases} from '../../bench/cases';
import {benchFlags, commandOf} from '../../bench/flags';
import type {BenchFlags} from '../../bench/flags';
import {plan} from '../../bench/jobs';
import {sections} from '../../bench/sections';
import type {SectionName} from '../../bench/sections';

const names = Object.keys(sections) as SectionName[];
const all = ['tensorflow', 'wasm', 'cpu'] as const;

describe('bench: what is measured', () => {
  it('has names that --filter tells apart', () => {
    for (const backend of all) {
      const items = names.flatMap((name) => (sections[name].backends.includes(backend) ? sections[name].items(backend) : []));
      expect(new Set(items).size).toBe(items.length);
      expect(items.length).toBeGreaterThan(20);
    }
  });

  it('has a row for every target that was set', () => {
    const targets = Object.fromEntries(cases.flatMap(({name, target}) => (target ? [[name, target]] : [])));
    expect(targets['Net S']).toEqual({tensorflow: 1.7, cpu: 10});
    expect(targets['Net S+BN']!.tensorflow).toBe(2.7);
    expect(targets['relu']!.tensorflow).toBe(4.5);
    expect(targets['batch norm, training']).toEqual({tensorflow: 8, wasm: 4, cpu: 1});
    expect(targets['layer norm [256,1024]']).toEqual({tensorflow: 20, wasm: 20, cpu: 1});
    expect(targets['dense 4096 to 256']!.wasm).toBe(15);
  });

  it('makes a process for each part and backend, without the parts where nothing matches', () => {
    const jobs = plan({backends: all, sections: names, filter: /^relu$|^limit: Net S$/}, {quick: true});
    expect(jobs.map(({section, backend, items}) => [section, backend, items])).toEqual([
      ['rows', 'tensorflow', ['relu']], ['rows', 'wasm', ['relu']], ['rows', 'cpu', ['relu']],
      ['limit', 'tensorflow', ['limit: Net S']],
    ]);
    expect(plan({backends: all, sections: names, filter: /nothing of that name/}, {quick: true})).toEqual([]);
  });
});

describe('bench: flags', () => {
  const refused = (args: string[]) => {
    const write = spyOn(process.stderr, 'write').and.returnValue(true);
    expect(benchFlags(args)).toBe(2);
    return write.calls.allArgs().join('');
  };

  it('reads them', () => {
    const flags = benchFlags(['--filter', 'net s', '--backend', 'wasm', '--quick', '--write']) as BenchFlags;
    expect(flags).toEqual(jasmine.objectContaining({backend: 'wasm', quick: true, peers: false, write: true}));
    expect(flags.filter!.test('Net S+BN')).toBeTrue();
    expect(commandOf(flags)).toBe('npm run bench -- --filter \'net s\' --backend wasm --quick --write');
  });

  it('refuses unknown flags, backends and broken expressions, and shows the good ones', () => {
    expect(refused(['--fast'])).toContain('--filter <text>');
  });

  it('refuses a backend that is none', () => expect(refused(['--backend', 'webgl'])).toContain('Allowed choices'));
  it('refuses a broken expression', () => expect(refused(['--filter', '('])).toContain('Invalid regular expression'));
  it('refuses words', () => expect(refused(['relu'])).toContain('too many arguments'));
});
