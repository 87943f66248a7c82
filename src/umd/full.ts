/** The file for a script tag that wants all of it. */
import './needs_tf';

export * from '../index';
