import {TEXT_WIDTH, wrapText} from '../../src/text_table';

/** What a user can put right: its message is all they need, no stack. */
export class UserError extends Error {}

/** Runs an example's main function with the flags of the command line; its result is the exit code. */
export function runExample(main: (args: string[]) => Promise<number>): void {
  main(process.argv.slice(2)).then((code) => {
    process.exitCode = code;
  }, (error) => {
    const isUsers = error instanceof UserError;
    console.error(isUsers ? narrow(error.message) : error);
    process.exitCode = isUsers ? 2 : 1;
  });
}

/** Text whose long lines are broken; lists keep their form. */
function narrow(text: string): string {
  return text.split('\n').map((line) => (line.length > TEXT_WIDTH ? wrapText(line) : line)).join('\n');
}
