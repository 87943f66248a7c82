import {shardNamed} from './shards.mjs';

export default {
  spec_dir: 'spec',
  spec_files: shardNamed(process.env.MUTATION_SHARD ?? '').specs,
  helpers: ['helpers/**/*.ts'],
  env: {random: false},
};
