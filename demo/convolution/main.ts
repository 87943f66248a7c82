import {byId} from '../shared/dom';

byId('app').textContent = 'The convolution comes here.';
