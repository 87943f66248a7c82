import {byId} from '../shared/dom';

byId('app').textContent = 'The checks come here.';
