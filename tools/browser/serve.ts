import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';

import sirv from 'sirv';

/** With these a page is isolated from others, and may share memory between threads. */
const ISOLATION = {'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp'};

/** Serves a folder to this machine alone; `policy` is its content security policy. */
export async function serve(folder: string, {isolated, policy}: {isolated: boolean, policy?: string}) {
  const headers = Object.entries({...isolated ? ISOLATION : {}, ...policy ? {'Content-Security-Policy': policy} : {}});
  const files = sirv(folder, {
    setHeaders: (response) => {
      headers.forEach(([name, value]) => response.setHeader(name, value));
    },
  });
  const server = createServer(files);
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
