import {SetupError} from './errors.mjs';

/** The TensorFlow whose C library tfjs-node runs on here. */
export const TENSORFLOW_VERSION = '2.21.0';

/** The oldest C library that the wheels run on. */
const OLDEST_GLIBC = [2, 27];

const INSTEAD = 'Or do without tfjs-node: the wasm backend (@tensorflow/tfjs-backend-wasm) runs here.';

/**
 * @typedef {object} Host
 * @property {string} platform as `process.platform`
 * @property {string} arch as `process.arch`
 * @property {string} [glibc] version of the GNU C library; absent where there is none (Alpine's musl)
 *
 * @typedef {object} Wheel
 * @property {string} project
 * @property {string} tag the platform tag in the wheel's name
 * @property {string} sha256
 * @property {number} bytes
 */

/**
 * Any build for CPython 3.11 does: Python never runs what is in it. Pinned by hash, so what is downloaded is what
 * was tried.
 * @type {Record<string, Wheel>}
 */
const WHEELS = {
  'linux-x64': {
    project: 'tensorflow-cpu',
    tag: 'manylinux_2_27_x86_64',
    sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
    bytes: 273_829_956,
  },
  'linux-arm64': {
    project: 'tensorflow',
    tag: 'manylinux_2_27_aarch64',
    sha256: '4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c',
    bytes: 281_828_020,
  },
};

/** @returns {Host} */
export function thisHost() {
  return {platform: process.platform, arch: process.arch, glibc: process.platform === 'linux' ? glibc() : undefined};
}

function glibc() {
  const report = /** @type {{header?: {glibcVersionRuntime?: string}}} */ (process.report.getReport());
  return report.header?.glibcVersionRuntime;
}

/**
 * The wheel for a machine.
 * @param {Host} host
 * @throws {SetupError} where there is none, saying what to do instead
 */
export function wheelFor(host) {
  const {platform, arch} = host;
  if (platform === 'win32') {
    throw new SetupError('platform', 'This set-up of tfjs-node is for Linux; this is Windows.',
      `use WSL 2 (wsl --install) and run this again in it. ${INSTEAD}`);
  }
  if (platform === 'darwin') {
    throw new SetupError('platform', 'This set-up of tfjs-node is for Linux; this is macOS.',
      `use a Linux container (node:20-bookworm, say). ${INSTEAD}`);
  }
  const wheel = WHEELS[`${platform}-${arch}`];
  if (!wheel) {
    throw new SetupError('platform', `There is no TensorFlow library for ${platform} on ${arch}, only for ` +
      `${Object.keys(WHEELS).join(' and ')}.`, `use another machine. ${INSTEAD}`);
  }
  if (!host.glibc) {
    throw new SetupError('platform', 'The TensorFlow library needs the GNU C library; this system has another one ' +
      '(musl, as on Alpine).', `use a Debian or Ubuntu based image (node:20-bookworm, say). ${INSTEAD}`);
  }
  const [major, minor] = host.glibc.split('.').map(Number);
  if (major < OLDEST_GLIBC[0] || (major === OLDEST_GLIBC[0] && minor < OLDEST_GLIBC[1])) {
    throw new SetupError('platform', `The TensorFlow library needs the GNU C library ${OLDEST_GLIBC.join('.')} or ` +
      `newer; this system has ${host.glibc}.`, `use a newer system (Debian 11 or newer). ${INSTEAD}`);
  }
  return wheel;
}
