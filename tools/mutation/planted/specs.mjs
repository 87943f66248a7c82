import {runSuite} from '../../test/suite.mjs';

// In the copy whose code was changed: specs until the first failure. Exit code 1 says that one failed, 2 that none ran.
const [filter, ...files] = process.argv.slice(2);
const {passed, failed} = await runSuite({files, filter, 'fail-fast': true, jobs: 1});
process.exitCode = failed > 0 ? 1 : passed > 0 ? 0 : 2;
