/**
 * @param {import('commander').Command} program
 */
export default function addTo(program) {
  program.command('doctor')
    .summary('say what is installed and which backends start')
    .description('Looks at Node, the TensorFlow.js packages of a project, whether more than one copy of tfjs-core ' +
      'can be loaded, and which backends start. Exit code 0 if the layers can be used, 1 otherwise.')
    .option('--project <folder>', 'the project to look at', process.cwd())
    .option('--json', 'print one JSON object')
    .addHelpText('after', `
Examples:
  npx tfjs-explicit-layers doctor
  npx tfjs-explicit-layers doctor --project ../app --json`)
    .action(look);
}

/** @param {{project: string, json?: boolean}} options */
async function look({project, json}) {
  const {examine, format} = await import('../doctor.mjs');
  const report = await examine({project});
  console.log(json ? JSON.stringify(report, null, 2) : format(report));
  process.exitCode = report.usable ? 0 : 1;
}
