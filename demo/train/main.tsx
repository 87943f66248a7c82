import {render} from 'preact';

import {byId} from '../shared/dom';
import {App} from './page/app';
import './train.css';

render(<App />, byId('app'));
