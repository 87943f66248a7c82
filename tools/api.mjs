/**
 * The public API, as TypeScript sees the built package, in docs/api/<entry>.api.md:
 *   npm run api              writes it
 *   npm run api -- --check   fails where it is not the one in the repository
 */
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {createRequire} from 'node:module';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {Extractor, ExtractorConfig, ExtractorLogLevel} from '@microsoft/api-extractor';
import {program} from 'commander';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const {exports: entryPoints} = createRequire(import.meta.url)('../package.json');
const entries = Object.keys(entryPoints).filter(name => !['./package.json', './node'].includes(name))
    .map(name => name === '.' ? 'index' : name.slice(2));
const {check} = program.name('npm run api --').description('Writes the reports of the public API in docs/api.')
    .option('--check', 'write nothing; fail where a report is not the one in docs/api')
    .addHelpText('after', '\nExamples:\n  npm run api\n  npm run api -- --check')
    .showHelpAfterError().parse().opts();

/**
 * @param {string} entry
 * @param {string} folder
 */
function report(entry, folder) {
  const config = ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: path.join(ROOT, 'package.json'),
    configObject: {
      projectFolder: ROOT,
      mainEntryPointFilePath: path.join(ROOT, 'dist', `${entry}.d.ts`),
      compiler: {overrideTsconfig: {compilerOptions: {
        module: 'nodenext', moduleResolution: 'nodenext', target: 'es2022', lib: ['es2022', 'dom'], types: ['node'],
        skipLibCheck: true, strict: true,
      }}},
      apiReport: {enabled: true, reportFileName: entry, reportFolder: folder, reportTempFolder: folder,
        includeForgottenExports: true},
      docModel: {enabled: false},
      dtsRollup: {enabled: false},
      tsdocMetadata: {enabled: false},
      newlineKind: 'lf',
      messages: {
        compilerMessageReporting: {default: {logLevel: ExtractorLogLevel.Error}},
        extractorMessageReporting: {default: {logLevel: ExtractorLogLevel.None}},
        tsdocMessageReporting: {default: {logLevel: ExtractorLogLevel.None}},
      },
    },
  });
  const {succeeded} = Extractor.invoke(config, {localBuild: true, messageCallback: (message) => {
    if (message.logLevel !== ExtractorLogLevel.Error) message.handled = true;
  }});
  if (!succeeded) throw new Error(`the API of ${entry} could not be read`);
}

/**
 * @param {string} from
 * @param {string} entry
 */
function read(from, entry) {
  const file = path.join(from, `${entry}.api.md`);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

const committed = path.join(ROOT, 'docs', 'api');
const folder = check ? mkdtempSync(path.join(os.tmpdir(), 'explicit-layers-api-')) : committed;
try {
  mkdirSync(folder, {recursive: true});
  for (const entry of entries) report(entry, folder);
  const changed = check ? entries.filter(entry => read(folder, entry) !== read(committed, entry)) : [];
  if (changed.length > 0) {
    console.error(`The public API of ${changed.join(', ')} changed: run npm run build && npm run api, and look at the ` +
        'difference.');
    process.exitCode = 1;
  } else {
    console.log(`${entries.length} reports in docs/api ${check ? 'hold' : 'written'}`);
  }
} finally {
  if (check) rmSync(folder, {recursive: true, force: true});
}
