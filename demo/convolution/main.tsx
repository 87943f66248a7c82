import {render} from 'preact';

import {startBackend} from '../shared/backends';
import {byId} from '../shared/dom';
import {App} from './app';
import './convolution.css';

await startBackend('cpu');
render(<App />, byId('app'));
