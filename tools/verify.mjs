import {openProject, ProjectError} from './project.mjs';

/** @typedef {import('../src/checks').VerifyReport} VerifyReport */

/**
 * Runs checks.verifyBackend on each backend, with the packages that a project has.
 * @param {object} [options]
 * @param {string[]} [options.backends] by default those whose package the project has
 * @param {string} [options.project]
 * @param {(backend: string, done: number, all: number) => void} [options.onProgress]
 * @returns {Promise<VerifyReport[]>}
 */
export async function verifyBackends({backends, project = process.cwd(), onProgress = () => {}} = {}) {
  const {backends: installed, check, start, advice} = openProject(project);
  const names = backends ?? installed();
  names.forEach(check);
  if (names.length === 0) throw new ProjectError(advice);
  const reports = [];
  for (const name of names) {
    const {library} = await start(name);
    reports.push(await library.checks.verifyBackend({onProgress: (done, all) => onProgress(name, done, all)}));
  }
  return reports;
}
