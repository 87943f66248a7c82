import {spawn, spawnSync} from 'node:child_process';
import {cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync} from 'node:fs';
import {hostname} from 'node:os';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {withLock} from '../../tools/setup/lock.mjs';
import {wheelFor} from '../../tools/setup/platform.mjs';
import {progressFromLog} from '../../tools/setup/progress.mjs';
import {proveAddon} from '../../tools/setup/proof.mjs';
import {BINDING, openStamp} from '../../tools/setup/stamp.mjs';
import {isOurs, openTfjsNode, place, readStamp, requireSupported, writeStamp} from '../../tools/setup/tfjs_node.mjs';
import {SetupError, explain, setupNode} from '../../tools/setup_node.mjs';
import {HOST, Scratch} from './support/fixtures';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const OWN_TFJS_NODE = path.join(ROOT, 'node_modules', '@tensorflow', 'tfjs-node');

interface Refusal {
  title: string;
  prepare?: (scratch: Scratch) => void;
  host?: {platform: string; arch: string; glibc?: string};
  env?: Record<string, string>;
  code: string;
  says: RegExp;
}

const refusals: Refusal[] = [
  {title: 'Windows', host: {platform: 'win32', arch: 'x64'}, code: 'platform', says: /WSL 2.*wasm/s},
  {title: 'macOS', host: {platform: 'darwin', arch: 'arm64'}, code: 'platform', says: /Linux container.*wasm/s},
  {title: 'a processor without a wheel', host: {platform: 'linux', arch: 'riscv64', glibc: '2.36'}, code: 'platform',
    says: /linux on riscv64.*linux-x64 and linux-arm64/s},
  {title: 'Alpine', host: {platform: 'linux', arch: 'x64'}, code: 'platform', says: /musl.*Debian/s},
  {title: 'an old C library', host: {...HOST, glibc: '2.17'}, code: 'platform', says: /2\.27 or newer.*has 2\.17/s},
  {title: 'no Python', code: 'no-python', says: /apt-get install python3 python3-pip/},
  {title: 'Python without pip', prepare: (scratch) => scratch.addProgram('python3', 'exit 1'), code: 'no-pip',
    says: /apt-get install python3-pip/},
  {title: 'no network', prepare: (scratch) => scratch.addPython('echo "ERROR: no route to host" >&2; exit 1'),
    code: 'download', says: /no route to host.*proxy.*--wheel/s},
  {title: 'a full disk', prepare: (scratch) => scratch.addPython('echo "[Errno 28] No space left on device" >&2; exit 2'),
    code: 'disk-full', says: /TFJS_EXPLICIT_LAYERS_CACHE/},
  {title: 'pip finding another hash',
    prepare: (scratch) => scratch.addPython('echo "THESE PACKAGES DO NOT MATCH THE HASHES" >&2; exit 1'),
    code: 'hash', says: /run this again/},
  {title: 'pip passing another file', prepare: (scratch) => scratch.addPython('echo other > "$dest/x.whl"'),
    code: 'hash', says: new RegExp(wheelFor(HOST).sha256)},
  {title: 'no compiler', prepare: (scratch) => scratch.addLibrary(), code: 'no-compiler',
    says: /g\+\+, c\+\+, clang\+\+.*apt-get install g\+\+/s},
  {title: 'CXX naming nothing', prepare: (scratch) => scratch.addLibrary(), env: {CXX: 'no-such-c++ -v'},
    code: 'no-compiler', says: /CXX names no-such-c\+\+/},
  {title: 'sources that do not compile', code: 'compile', says: /C\+\+17/, prepare: (scratch) => {
    scratch.addLibrary();
    scratch.addProgram('g++', 'echo "error: expected primary-expression" >&2; exit 1');
  }},
  {title: 'a cache that is a file', prepare: (scratch) => scratch.write('cache', 'a file'), code: 'cache',
    says: /cache is a file.*TFJS_EXPLICIT_LAYERS_CACHE/s},
  {title: 'a cache below a file', prepare: (scratch) => scratch.write('file', ''),
    env: {TFJS_EXPLICIT_LAYERS_CACHE: '/dev/null/cache'}, code: 'cache', says: /null is a file/},
  {title: 'an addon that does not load', code: 'load', says: /does not load/, prepare: (scratch) => {
    scratch.addLibrary();
    scratch.addProgram('g++', 'while [ $# -gt 0 ]; do [ "$1" = -o ] && echo nonsense > "$2"; shift; done');
  }},
];

describe('setup-node', () => {
  let scratch: Scratch;

  beforeEach(() => {
    scratch = new Scratch();
  });

  afterEach(() => scratch.remove());

  const setUp = (env: Record<string, string> = {}, host: Refusal['host'] = HOST) =>
    setupNode({tfjsNodeDir: scratch.tfjsNode, env: {...scratch.env, ...env}, host, log: () => undefined});

  const refusalOf = async (work: Promise<unknown>): Promise<SetupError> => {
    const error = await work.then(() => null, (reason: unknown) => reason);
    if (!(error instanceof SetupError)) throw new Error(`expected a SetupError, got ${error}`);
    return error;
  };

  describe('refuses with what to do:', () => {
    for (const {title, prepare, host, env, code, says} of refusals) {
      it(title, async () => {
        prepare?.(scratch);
        const error = await refusalOf(setUp(env, host));
        expect(error.code).toBe(code);
        expect(explain(error).replaceAll('\n', ' ')).toMatch(says);
        expect(scratch.list('cache').filter((name) => /tmp|lock/.test(name))).toEqual([]);
        expect(existsSync(path.join(scratch.tfjsNode, 'lib', 'explicit-layers.json'))).toBeFalse();
      });
    }

    it('no tfjs-node', async () => {
      const error = await refusalOf(Promise.resolve().then(() => requireSupported(null)));
      expect(explain(error)).toContain('npm install --ignore-scripts @tensorflow/tfjs-node@4.22.0');
    });

    it('an older tfjs-node', async () => {
      scratch.addPackage('node_modules/@tensorflow/tfjs-node', '4.10.0');
      expect((await refusalOf(setUp())).code).toBe('tfjs-node-version');
    });

    it('a --wheel that is another file', async () => {
      scratch.addPython('exit 1');
      const wheel = scratch.write('other.whl', 'other');
      const error = await refusalOf(setupNode({tfjsNodeDir: scratch.tfjsNode, env: scratch.env, host: HOST, wheel,
        log: () => undefined}));
      expect(error.code).toBe('hash');
      expect(existsSync(wheel)).toBeTrue();
    });
  });

  it('SECURITY.md: a wheel is used only if its SHA-256 matches the one in tools/setup', async () => {
    scratch.addPython('echo other > "$dest/x.whl"');
    const given = scratch.write('other.whl', 'other');
    for (const wheel of [undefined, given]) {
      const error = await refusalOf(setupNode({tfjsNodeDir: scratch.tfjsNode, env: scratch.env, host: HOST, wheel,
        log: () => undefined}));
      expect(error.code).toBe('hash');
      expect(scratch.list('cache')).toEqual([]);
    }
    expect(wheelFor(HOST).sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  describe('interrupted', () => {
    const HALF_A_DOWNLOAD = 'echo half > "$dest/half.whl"; while echo; do sleep 0.1; done';

    async function interrupt(signal: NodeJS.Signals): Promise<number | null> {
      scratch.addPython(HALF_A_DOWNLOAD);
      const script = `import {setupNode} from ${JSON.stringify(path.join(ROOT, 'tools', 'setup_node.mjs'))};
        setupNode(${JSON.stringify({tfjsNodeDir: scratch.tfjsNode, host: HOST})}).catch((error) => {
          process.exitCode = error.code === 'interrupted' ? 130 : 1;
        });`;
      const child = spawn(process.execPath, ['--input-type=module', '-e', script], {env: scratch.env, stdio: 'ignore'});
      const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
      const isHalf = () => scratch.list('cache').some((name) => scratch.list(`cache/${name}/wheel`).includes('half.whl'));
      for (let i = 0; i < 200 && !isHalf(); i++) await sleep(20);
      expect(isHalf()).withContext('the download has begun').toBeTrue();
      child.kill(signal);
      return ended;
    }

    it('by Ctrl-C leaves nothing', async () => {
      expect(await interrupt('SIGINT')).toBe(130);
      expect(scratch.list('cache')).toEqual([]);
    });

    it('by kill -9 leaves nothing that counts, and the next run clears it away', async () => {
      await interrupt('SIGKILL');
      expect(scratch.list('cache').every((name) => name === 'lock' || name.startsWith('.tmp-'))).toBeTrue();
      scratch.addPython('exit 1');
      expect((await refusalOf(setUp())).code).toBe('download');
      expect(scratch.list('cache')).toEqual([]);
    });
  });

  it('leaves an addon alone that works already', async () => {
    const binding = path.join('lib', 'napi-v8', 'tfjs_binding.node');
    const library = path.join(OWN_TFJS_NODE, 'deps', 'lib');
    if (!existsSync(path.join(OWN_TFJS_NODE, binding)) || !existsSync(path.join(library, 'libtensorflow.so'))) {
      pending('no tfjs-node works here');
    }
    cpSync(path.join(OWN_TFJS_NODE, binding), path.join(scratch.tfjsNode, binding));
    mkdirSync(path.join(scratch.tfjsNode, 'deps'));
    symlinkSync(library, path.join(scratch.tfjsNode, 'deps', 'lib'));
    const before = statSync(path.join(scratch.tfjsNode, binding)).mtimeMs;
    const result = await setUp();
    expect(result.status).toBe('ready');
    expect(result.source).toBe('existing');
    expect(statSync(path.join(scratch.tfjsNode, binding)).mtimeMs).toBe(before);
    expect(scratch.list('node_modules/@tensorflow/tfjs-node/lib')).toEqual(['napi-v8']);
    expect(scratch.list('cache')).toEqual([]);
  });

  /** What the entry /node says to a program in the scratch project. */
  const importNode = () => {
    const program = scratch.write('program.mjs',
      `import(${JSON.stringify(path.join(ROOT, 'src', 'node.ts'))})
        .then(() => console.log('fine'), e => console.log(e.message))`);
    return spawnSync(process.execPath, ['--import', path.join(ROOT, 'node_modules/tsx/dist/loader.mjs'), program],
      {cwd: scratch.root, encoding: 'utf8'}).stdout.trim();
  };

  it('is what /node asks for where tfjs-node has no addon', () => {
    expect(importNode()).toMatch(/has no addon.*Run npx tfjs-explicit-layers setup-node\.$/);
  });

  it('finds a library that was damaged in the cache, and makes it again', async () => {
    scratch.addLibrary();
    const folder = path.join(scratch.cache, 'tensorflow-2.21.0-linux-x64');
    scratch.addProgram('g++', 'exit 1');
    expect((await refusalOf(setUp())).code).toBe('compile');
    expect(Object.keys(JSON.parse(readFileSync(path.join(folder, 'manifest.json'), 'utf8')).libraries).length).toBe(2);
    writeFileSync(path.join(folder, 'lib', 'libtensorflow_framework.so.2'), 'librXry');
    scratch.addPython('echo "ERROR: no route to host" >&2; exit 1');
    expect((await refusalOf(setUp())).code).toBe('download');
  });

  it('refuses an addon that does not compute with our ops, and takes it away', async () => {
    const modules = path.join(ROOT, 'node_modules', '@tensorflow');
    for (const name of ['tfjs-core', 'tfjs-backend-cpu']) {
      symlinkSync(path.join(modules, name), path.join(scratch.root, 'node_modules', '@tensorflow', name));
    }
    scratch.addPackage('node_modules/@tensorflow/tfjs-node', '4.22.0', {main: 'index.js'});
    scratch.write('node_modules/@tensorflow/tfjs-node/index.js', `const tf = require('@tensorflow/tfjs-core');
      const {MathBackendCPU} = require('@tensorflow/tfjs-backend-cpu');
      tf.copyRegisteredKernels('cpu', 'tensorflow');
      tf.registerBackend('tensorflow', () => new MathBackendCPU());`);
    scratch.write('node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node', 'addon');
    const progress = progressFromLog(() => undefined);
    const error = await refusalOf(proveAddon(openTfjsNode(scratch.tfjsNode),
      {env: process.env, signal: AbortSignal.timeout(60_000), progress}));
    expect(error.code).toBe('wrong');
    expect(explain(error).replaceAll('\n', ' ')).toMatch(/kernels: composed.*CXX/s);
  }, 90_000);

  it('does not try what cannot be loaded beside this package', async () => {
    const progress = progressFromLog(() => undefined);
    expect(await proveAddon(openTfjsNode(scratch.tfjsNode),
      {env: process.env, signal: AbortSignal.timeout(30_000), progress})).toBeFalse();
  });

  describe('the stamp', () => {
    const FACTS = {platform: 'linux', arch: 'x64', tensorflow: '2.21.0'};

    beforeEach(() => {
      scratch.addLibrary();
      const tfjsNode = openTfjsNode(scratch.tfjsNode);
      const library = path.join(scratch.cache, 'tensorflow-2.21.0-linux-x64');
      place(tfjsNode, {library, binding: scratch.write('addon.node', 'addon')});
      writeStamp(tfjsNode, FACTS);
    });

    it('spares the second run all work', async () => {
      expect(await setUp()).toEqual(jasmine.objectContaining({status: 'ready', tensorflow: '2.21.0'}));
    });

    it('does not hold when the library is gone from the cache', () => {
      rmSync(path.join(scratch.cache, 'tensorflow-2.21.0-linux-x64'), {recursive: true});
      expect(readStamp(openTfjsNode(scratch.tfjsNode), FACTS)).toBeNull();
    });

    it('does not hold when the addon was cut short', () => {
      writeFileSync(path.join(scratch.tfjsNode, 'lib', 'napi-v8', 'tfjs_binding.node'), 'ad');
      expect(readStamp(openTfjsNode(scratch.tfjsNode), FACTS)).toBeNull();
    });

    it('does not hold for an addon with other ops of ours, which is rebuilt though it works', async () => {
      const file = path.join(scratch.tfjsNode, 'lib', 'explicit-layers.json');
      const stamp = JSON.parse(readFileSync(file, 'utf8')) as object;
      writeFileSync(file, JSON.stringify({...stamp, native: 'an earlier version'}));
      expect(readStamp(openTfjsNode(scratch.tfjsNode), FACTS)).toBeNull();
      expect(isOurs(openTfjsNode(scratch.tfjsNode))).toBeTrue();
      const compiled = path.join(scratch.root, 'compiled');
      scratch.addProgram('g++', `echo "$*" > ${compiled}; exit 1`);
      expect((await refusalOf(setUp())).code).toBe('compile');
      expect(readFileSync(compiled, 'utf8')).toMatch(/tfjs_backend\.cc.*native\/pooling\.cc/);
    });

    const addon = () => path.join(scratch.tfjsNode, 'lib', 'napi-v8', 'tfjs_binding.node');

    it('holds for a file of another time and the same content, which is written down', () => {
      const time = new Date(Date.now() + 5000);
      utimesSync(addon(), time, time);
      expect(readStamp(openTfjsNode(scratch.tfjsNode), FACTS)).not.toBeNull();
      expect(openStamp(scratch.tfjsNode)!.files[BINDING]!.mtimeMs).toBe(statSync(addon()).mtimeMs);
    });

    it('does not hold when a bit of the addon or of the library changed', () => {
      writeFileSync(addon(), 'adeon');
      expect(readStamp(openTfjsNode(scratch.tfjsNode), FACTS)).toBeNull();
      writeFileSync(addon(), 'addon');
      expect(readStamp(openTfjsNode(scratch.tfjsNode), FACTS)).not.toBeNull();
      writeFileSync(path.join(scratch.cache, 'tensorflow-2.21.0-linux-x64', 'lib', 'libtensorflow_cc.so.2'), 'librArY');
      expect(readStamp(openTfjsNode(scratch.tfjsNode), FACTS)).toBeNull();
    });

    it('keeps /node from loading what is damaged', () => {
      expect(importNode()).toBe('fine');
      writeFileSync(path.join(scratch.cache, 'tensorflow-2.21.0-linux-x64', 'lib', 'libtensorflow_cc.so.2'), 'lib');
      expect(importNode()).toMatch(/libtensorflow_cc\.so\.2 is damaged\. Run npx tfjs-explicit-layers setup-node\.$/);
    });

    it('does not hold on another processor', () => {
      expect(readStamp(openTfjsNode(scratch.tfjsNode), {...FACTS, arch: 'arm64'})).toBeNull();
    });
  });

  describe('the lock', () => {
    const options = () => ({signal: AbortSignal.timeout(5000), onWait: () => undefined});

    it('lets one work at a time', async () => {
      const events: string[] = [];
      const work = (name: string) => withLock(scratch.cache, options(), async () => {
        events.push(`${name} begins`);
        await sleep(20);
        events.push(`${name} ends`);
      });
      await Promise.all([work('a'), work('b')]);
      expect(events).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
    });

    it('of a process that is gone is taken over', async () => {
      const {pid} = spawnSync(process.execPath, ['-e', '']);
      const file = scratch.write('cache/lock', JSON.stringify({host: hostname(), pid}));
      await withLock(scratch.cache, options(), () => {
        expect(JSON.parse(readFileSync(file, 'utf8')).pid).toBe(process.pid);
        return Promise.resolve();
      });
      expect(existsSync(file)).toBeFalse();
    });
  });
});
