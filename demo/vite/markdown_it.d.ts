/** What the site uses of the package, which brings no types. */
declare module 'markdown-it' {
  interface Token {
    type: string;
    content: string;
    attrSet(name: string, value: string): void;
  }
  export default class MarkdownIt {
    constructor(options: {html: boolean});
    use(plugin: (parser: MarkdownIt) => void, options?: object): this;
    render(text: string): string;
    core: {ruler: {push(name: string, rule: (state: {tokens: Token[]}) => void): void}};
  }
}
