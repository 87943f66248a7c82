import {expose} from 'comlink';

import {Session} from './session';

expose(new Session());
// The page waits for a first word: a worker whose script does not load says nothing.
postMessage('ready');
