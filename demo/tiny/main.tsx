import {render} from 'preact';

import {byId} from '../shared/dom';
import {App} from './app';
import '../convolution/convolution.css';
import './tiny.css';

render(<App />, byId('app'));
