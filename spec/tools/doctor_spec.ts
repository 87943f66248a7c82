import {statSync, utimesSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {checkBackends} from '../../tools/doctor/backends.mjs';
import {checkBuildTools, checkLibrary} from '../../tools/doctor/library.mjs';
import {checkCopies, checkPackages} from '../../tools/doctor/packages.mjs';
import {checkNode, examine, format} from '../../tools/doctor.mjs';
import {openTfjsNode, place, writeStamp} from '../../tools/setup/tfjs_node.mjs';
import {Scratch} from './support/fixtures';

describe('doctor', () => {
  let scratch: Scratch;

  beforeEach(() => {
    scratch = new Scratch();
  });

  afterEach(() => scratch.remove());

  it('finds this project usable', async () => {
    const report = await examine();
    expect(report.usable).toBeTrue();
    const states = Object.fromEntries(report.checks.map(({name, state}) => [name, state]));
    expect(states).toEqual(jasmine.objectContaining({'Node': 'ok', '@tensorflow/tfjs-core': 'ok',
      'copies of tfjs-core': 'ok', 'backend cpu': 'ok', 'backend wasm': 'ok'}));
    expect(format(report)).toMatch(/^ok {7}backend wasm: starts(, with the kernels heap.*)?$/m);
  });

  it('finds an empty project unusable and names every remedy, in 80 columns', async () => {
    const report = await examine({project: scratch.root, env: scratch.env});
    expect(report.usable).toBeFalse();
    const text = format(report);
    expect(text).toContain('-> npm install @tensorflow/tfjs-core@^4.22.0');
    expect(text).toContain('-> npx tfjs-explicit-layers setup-node');
    expect(text).toMatch(/missing {2}python3.*apt-get install python3/s);
    expect(text).toMatch(/missing {2}C\+\+ compiler.*apt-get install g\+\+/s);
    const words = text.split('\n').filter((line) => line.length > 80 && line.trim().includes(' '));
    expect(words).toEqual([]);
  });

  it('refuses an old Node', () => {
    expect(checkNode('18.20.0')).toEqual(jasmine.objectContaining({state: 'wrong', remedy: 'install Node 20 or newer'}));
    expect(checkNode('26.1.0').state).toBe('ok');
  });

  it('sees a second copy of tfjs-core under tfjs-layers', () => {
    scratch.addPackage('node_modules/@tensorflow/tfjs-core', '4.22.0');
    scratch.addPackage('node_modules/@tensorflow/tfjs-layers', '4.22.0');
    expect(checkCopies(scratch.root).map(({state}) => state)).toEqual(['ok', 'ok']);
    scratch.addPackage('node_modules/@tensorflow/tfjs-layers/node_modules/@tensorflow/tfjs-core', '4.21.0');
    const [core] = checkCopies(scratch.root);
    expect(core.state).toBe('wrong');
    expect(core.detail).toMatch(/^2: 4\.22\.0 in .*, 4\.21\.0 in .*tfjs-layers/);
    expect(core.remedy).toContain('npm dedupe');
  });

  it('sees a second copy under a package that the project depends on', () => {
    scratch.write('package.json', JSON.stringify({dependencies: {'some-model': '1'}}));
    scratch.addPackage('node_modules/@tensorflow/tfjs-core', '4.22.0');
    scratch.addPackage('node_modules/some-model', '1.0.0');
    scratch.addPackage('node_modules/some-model/node_modules/@tensorflow/tfjs-core', '3.0.0');
    expect(checkCopies(scratch.root)[0].state).toBe('wrong');
  });

  it('refuses a tfjs-core that is too old', () => {
    scratch.addPackage('node_modules/@tensorflow/tfjs-core', '4.10.0');
    expect(checkPackages(scratch.root)[0]).toEqual(jasmine.objectContaining({state: 'wrong', required: true}));
  });

  it('says why a backend does not start', async () => {
    scratch.addPackage('node_modules/@tensorflow/tfjs-backend-wasm', '4.22.0', {main: 'index.js'});
    scratch.write('node_modules/@tensorflow/tfjs-backend-wasm/index.js', 'throw new Error("cannot read the module");');
    const wasm = (await checkBackends(scratch.root, scratch.env)).find(({name}) => name === 'backend wasm');
    expect(wasm).toEqual(jasmine.objectContaining({state: 'wrong', detail: jasmine.stringContaining('cannot read the module')}));
  });

  it('reads the library and the addon through, and sees what has kept its size and time', async () => {
    scratch.addLibrary();
    const tfjsNode = openTfjsNode(scratch.tfjsNode);
    const library = path.join(scratch.cache, 'tensorflow-2.21.0-linux-x64');
    place(tfjsNode, {library, binding: scratch.write('addon.node', 'addon')});
    writeStamp(tfjsNode, {platform: 'linux', arch: 'x64', tensorflow: '2.21.0'});
    const addon = path.join(scratch.tfjsNode, 'lib', 'napi-v8', 'tfjs_binding.node');
    const {atime, mtime} = statSync(addon);
    writeFileSync(addon, 'adXon');
    utimesSync(addon, atime, mtime);
    const check = await checkLibrary(scratch.root, scratch.env);
    expect(check).toEqual(jasmine.objectContaining({state: 'wrong', detail: `${addon} is damaged`}));
    expect(check.remedy).toContain('npx tfjs-explicit-layers setup-node');
  });

  it('finds python, pip and a compiler', async () => {
    scratch.addProgram('python3', 'echo "pip 23.2.1 from somewhere"');
    scratch.addProgram('clang++', 'exit 0');
    const tools = await checkBuildTools(scratch.env);
    expect(tools.map(({name, state}) => `${name} ${state}`)).toEqual(['python3 ok', 'pip ok', 'C++ compiler ok']);
    expect(tools[1].detail).toBe('pip 23.2.1');
  });
});
