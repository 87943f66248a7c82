import {render} from 'preact';

import {missingBackends} from '../shared/backend_names';
import {byId} from '../shared/dom';
import {App} from './app';
import './check.css';

render(<App missing={await missingBackends()} />, byId('app'));
