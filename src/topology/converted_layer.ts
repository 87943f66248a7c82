/** What became of a layer. */
export interface ConvertedLayer {
  /** Its name, after those of the models and wrappers around it: 'encoder/conv1'. */
  name: string;
  /** The class it had. */
  from: string;
  /** The class that replaced it. */
  to: string;
  /** What a user should know about it; empty where there is nothing. */
  note: string;
}
