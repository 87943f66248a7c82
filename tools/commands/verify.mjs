/**
 * @param {import('commander').Command} program
 */
export default function addTo(program) {
  program.command('verify')
    .summary('check backends against the reference, op by op')
    .description('Runs a fixed set of cases over all ops and layers on a backend (ties, NaN, infinities, strides, ' +
      'padding, dilation, groups, large values, training and testing) and compares values and gradients with ' +
      'float64 loops. Exit code 0 if they agree, 1 otherwise.')
    .option('--backend <names...>', 'cpu, wasm or tensorflow; by default those that are installed')
    .option('--project <folder>', 'the project whose packages to use', process.cwd())
    .option('--json', 'print one JSON array')
    .addHelpText('after', `
Examples:
  npx tfjs-explicit-layers verify
  npx tfjs-explicit-layers verify --backend cpu wasm`)
    .action(verify);
}

/** @param {{backend?: string[], project: string, json?: boolean}} options */
async function verify({backend, project, json}) {
  const {verifyBackends} = await import('../verify.mjs');
  const live = process.stderr.isTTY;
  const reports = await verifyBackends({
    backends: backend, project,
    onProgress: (name, done, all) => {
      if (live) process.stderr.write(done < all ? `\r${name}: case ${done} of ${all}` : '\r\x1b[K');
    },
  });
  console.log(json ? JSON.stringify(reports, null, 2) : reports.join('\n\n'));
  process.exitCode = reports.every(({ok}) => ok) ? 0 : 1;
}
