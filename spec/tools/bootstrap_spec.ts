import {existsSync, readFileSync, rmSync} from 'node:fs';
import path from 'node:path';
import {ensureBuilt, ensureDependencies, ensureTfjsNode} from '../../tools/bootstrap.mjs';
import {areInstalled, planInstallation} from '../../tools/bootstrap/dependencies.mjs';
import {npmCommand} from '../../tools/bootstrap/npm.mjs';
import {ROOT} from '../../tools/bootstrap/root.mjs';
import {Scratch} from './support/fixtures';

/** The packages that a script and what it imports need before any of it runs. */
function packagesOf(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const imports = [...readFileSync(file, 'utf8').matchAll(/^(?:import|export)\s(?:[^;]*?from\s+)?'([^']+)';/gm)]
    .map(([, from]) => from!);
  const files = imports.filter((name) => name.startsWith('.'));
  return [
    ...imports.filter((name) => !name.startsWith('.') && !name.startsWith('node:')),
    ...files.flatMap((name) => packagesOf(path.resolve(path.dirname(file), name), seen)),
  ];
}

describe('bootstrap', () => {
  let scratch: Scratch;

  for (const script of ['start', 'test', 'demo']) {
    it(`npm ${script === 'demo' ? 'run demo' : script} needs no package to begin with`, () => {
      expect(packagesOf(path.join(ROOT, 'tools', `${script}.mjs`))).toEqual([]);
    });
  }

  it('notices a package that a script would need', () => {
    scratch.write('a.mjs', "import {b} from './b.mjs';\n");
    const b = scratch.write('b.mjs', "import path from 'node:path';\nimport {\n  c,\n} from 'left';\n");
    expect(packagesOf(b)).toEqual(['left']);
    expect(packagesOf(path.join(scratch.root, 'a.mjs'))).toEqual(['left']);
  });

  beforeEach(() => {
    scratch = new Scratch();
  });

  afterEach(() => scratch.remove());

  describe('dependencies', () => {
    const LOCKED = {'': {dependencies: {left: '^1.0.0'}}, 'node_modules/left': {version: '1.0.0'},
      'node_modules/elsewhere': {version: '1.0.0', optional: true}};

    function write(name: string, packages: object): void {
      scratch.write(name, JSON.stringify({packages}));
    }

    beforeEach(() => {
      scratch.write('package.json', JSON.stringify({dependencies: {left: '^1.0.0'}}));
      write('package-lock.json', LOCKED);
      write('node_modules/.package-lock.json', {'node_modules/left': {version: '1.0.0'}});
      scratch.addPackage('node_modules/left', '1.0.0');
    });

    it('are there: nothing is done, without starting npm', async () => {
      expect(areInstalled(scratch.root)).toBeTrue();
      expect(await ensureDependencies({root: scratch.root})).toBeFalse();
    });

    it('that another run left half-made are rebuilt, not mended', () => {
      const folder = path.join(scratch.root, 'node_modules');
      expect(planInstallation(scratch.root, false).args[0]).toBe('install');
      expect(existsSync(folder)).toBeTrue();
      scratch.write('.cache/npm-install.json', JSON.stringify({pid: 0}));
      expect(areInstalled(scratch.root)).toBeFalse();
      expect(planInstallation(scratch.root, true).label).toBe('Installing dependencies (npm ci)');
      expect(existsSync(folder)).toBeFalse();
    });

    it('are missing when the installation did not come to its end', () => {
      rmSync(path.join(scratch.root, 'node_modules', '.package-lock.json'));
      expect(areInstalled(scratch.root)).toBeFalse();
    });

    it('are missing when a package is gone or of another version', () => {
      write('node_modules/.package-lock.json', {'node_modules/left': {version: '1.0.1'}});
      expect(areInstalled(scratch.root)).toBeFalse();
      write('node_modules/.package-lock.json', {'node_modules/left': {version: '1.0.0'}});
      rmSync(path.join(scratch.root, 'node_modules', 'left'), {recursive: true});
      expect(areInstalled(scratch.root)).toBeFalse();
    });

    it('are missing when package.json asks for more than the lock file has', () => {
      scratch.write('package.json', JSON.stringify({dependencies: {left: '^1.0.0', right: '^1.0.0'}}));
      expect(areInstalled(scratch.root)).toBeFalse();
    });
  });

  describe('build', () => {
    const runs = () => readFileSync(path.join(scratch.root, 'runs'), 'utf8').length;

    beforeEach(() => {
      scratch.write('package.json', JSON.stringify({scripts: {build: 'node tools/build.mjs'}}));
      scratch.write('tools/build.mjs', `import fs from 'node:fs';
        fs.mkdirSync('dist', {recursive: true});
        fs.writeFileSync('dist/index.js', fs.readFileSync('src/index.ts'));
        fs.appendFileSync('runs', '.');`);
      scratch.write('src/index.ts', 'one');
      spyOn(process.stderr, 'write').and.returnValue(true);
    });

    it('runs when needed, and only then', async () => {
      expect(await ensureBuilt({root: scratch.root})).toBeTrue();
      expect(await ensureBuilt({root: scratch.root})).toBeFalse();
      expect(runs()).toBe(1);
      scratch.write('src/index.ts', 'two!');
      expect(await ensureBuilt({root: scratch.root})).toBeTrue();
      rmSync(path.join(scratch.root, 'dist', 'index.js'));
      expect(await ensureBuilt({root: scratch.root})).toBeTrue();
      expect(readFileSync(path.join(scratch.root, 'dist', 'index.js'), 'utf8')).toBe('two!');
    });

    it('that fails is told with the compiler\'s words, and runs again the next time', async () => {
      scratch.write('tools/build.mjs', 'console.error("TS2322: wrong type"); process.exit(1);');
      for (let i = 0; i < 2; i++) {
        await expectAsync(ensureBuilt({root: scratch.root})).toBeRejectedWithError(/TS2322: wrong type/);
      }
      expect(existsSync(path.join(scratch.root, '.cache', 'lock'))).toBeFalse();
    });
  });

  const withoutTfjsNode = [['darwin', 'arm64', 'macOS'], ['darwin', 'x64', 'macOS'], ['win32', 'x64', 'Windows'],
    ['win32', 'arm64', 'Windows'], ['linux', 'riscv64', 'riscv64']] as const;
  for (const [platform, arch, name] of withoutTfjsNode) {
    it(`goes on without tfjs-node on ${platform} ${arch}, and says why`, async () => {
      const lines: string[] = [];
      const usable = await ensureTfjsNode({tfjsNodeDir: scratch.tfjsNode, env: scratch.env, host: {platform, arch},
        log: (line: string) => lines.push(line)});
      expect(usable).toBeFalse();
      expect(lines.join('\n')).toMatch(new RegExp(`continuing without it, on wasm and cpu.*${name}`, 's'));
    });
  }

  it('starts npm without a shell on Windows too', () => {
    expect(npmCommand({platform: 'win32', env: {}, node: 'C:\\node\\node.exe'}))
      .toEqual(['C:\\node\\node.exe', 'C:\\node\\node_modules\\npm\\bin\\npm-cli.js']);
    expect(npmCommand({platform: 'darwin', env: {}, node: 'node'})).toEqual(['npm']);
    const script = '/lib/npm/bin/npm-cli.js';
    expect(npmCommand({env: {npm_execpath: script}, node: 'node'})).toEqual(['node', script]);
  });

  it('no npm script needs more than the shell of Windows has', () => {
    const {scripts} = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {scripts: {[name: string]: string}};
    const foreign = Object.entries(scripts)
      .filter(([, script]) => /(^|[&|;] *)(exec|export|rm|cp|mkdir|cat|bash|sh|[A-Z_]+=)\b|'|\$/.test(script));
    expect(foreign).toEqual([]);
  });
});
