export {exportKeras} from './export_keras';
export type {ExportKerasOptions, KerasFormat} from './export_keras';
export {importKeras} from './import_keras';
export type {ImportKerasOptions} from './import_keras';
