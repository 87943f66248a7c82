import {byId} from '../shared/dom';

byId('app').textContent = 'Training comes here.';
