import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {Scratch} from './support/fixtures';

const CLI = fileURLToPath(new URL('../../tools/cli.mjs', import.meta.url));

function cli(...args: string[]) {
  return spawnSync(process.execPath, [CLI, ...args], {encoding: 'utf8'});
}

describe('the command tfjs-explicit-layers', () => {
  it('lists its subcommands in 80 columns', () => {
    const {status, stdout} = cli('--help');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ {2}doctor .*$/m);
    expect(stdout).toMatch(/^ {2}setup-node .*$/m);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('refuses an unknown subcommand with the list of good ones', () => {
    const {status, stderr} = cli('docter');
    expect(status).toBe(2);
    expect(stderr).toMatch(/unknown command 'docter'.*doctor.*setup-node/s);
  });

  it('refuses an unknown flag with the list of good ones', () => {
    const {status, stderr} = cli('doctor', '--yaml');
    expect(status).toBe(2);
    expect(stderr).toMatch(/unknown option '--yaml'.*--json/s);
  });

  it('tells its version', () => {
    const {version} = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(cli('--version').stdout.trim()).toBe(version);
  });

  it('ends with 1 where the doctor finds nothing usable', () => {
    const scratch = new Scratch();
    const {status, stdout} = cli('doctor', '--json', '--project', scratch.root);
    scratch.remove();
    expect(status).toBe(1);
    expect(JSON.parse(stdout).usable).toBeFalse();
  });
});
