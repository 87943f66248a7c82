/**
 * The ways that TypeScript has to find a package's types, and the options that choose each. Node 10's knows no
 * `exports`: it reads `typesVersions` of package.json, and TypeScript 6 wants to be told that this is known to be old.
 * @type {Record<string, Record<string, string>>}
 */
export const RESOLUTIONS = {
  bundler: {module: 'esnext', moduleResolution: 'bundler'},
  node16: {module: 'node16', moduleResolution: 'node16'},
  node10: {module: 'esnext', moduleResolution: 'node10', ignoreDeprecations: '6.0'},
};
