/**
 * @param {import('commander').Command} program
 */
export default function addTo(program) {
  program.command('grade')
    .summary('check an exercise: the first wrong entry, and why')
    .addHelpText('after', '\nExamples:\n  npx tfjs-explicit-layers grade conv2d.mjs')
    .description('Compares the functions in a file that the command exercise wrote with the float64 reference and with ' +
      'central differences, in small cases first. For each function that is wrong it names the first wrong entry and ' +
      'the cells that should have produced it. Exit code 0 if every function is right, 1 otherwise.')
    .argument('<file>', 'a JavaScript or TypeScript module')
    .option('--json', 'print one JSON array')
    .action(grade);
}

/**
 * @param {string} file
 * @param {{json?: boolean}} options
 */
async function grade(file, {json}) {
  const [{gradeFile}, {reportOf}] = await Promise.all([import('../homework/grade.mjs'), import('../homework/report.mjs')]);
  const verdicts = await gradeFile(file);
  console.log(json ? JSON.stringify(verdicts, null, 2) : reportOf(file, verdicts));
  process.exitCode = verdicts.every(({mistake}) => mistake === null) ? 0 : 1;
}
