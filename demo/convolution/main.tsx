import {render} from 'preact';

import {byId} from '../shared/dom';
import {App} from './app';
import './convolution.css';

render(<App />, byId('app'));
