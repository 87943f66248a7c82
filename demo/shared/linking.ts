/**
 * Lights up what belongs together: an element with `data-links` names the cells (`data-cell`) that it is made of. Pointing
 * at it, or focusing it, marks it and them; pointing at a cell marks what is made of it, and the other factors.
 */
export function linkHandlers() {
  let root: HTMLElement | null = null;
  const clear = () => root?.querySelectorAll('[data-linked]').forEach((element) => element.removeAttribute('data-linked'));
  const onPoint = (event: Event) => {
    root = event.currentTarget as HTMLElement;
    clear();
    const found = (event.target as HTMLElement).closest<HTMLElement>('[data-links], [data-cell]');
    if (!found) return;
    const key = found.dataset['cell'];
    const makers = found.dataset['links'] !== undefined ? [found] :
      [...root.querySelectorAll<HTMLElement>(`[data-links~="${key}"]`)];
    for (const maker of makers) {
      mark(maker);
      for (const cell of maker.dataset['links']!.split(' ')) root.querySelectorAll(`[data-cell="${cell}"]`).forEach(mark);
    }
    if (makers.length > 0) mark(found);
  };
  return {onPointerOver: onPoint, onFocusIn: onPoint, onPointerLeave: clear, onFocusOut: clear};
}

const mark = (element: Element) => element.setAttribute('data-linked', '');
