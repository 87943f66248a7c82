/** Every mark on the page. */
export function Legend() {
  return (
    <details class="legend" open>
      <summary><h2>Legend: every mark on this page</h2></summary>
      <ul>
        <li><span class="sample input">1</span> blue: the input x and its gradient dx</li>
        <li><span class="sample filter">1</span> red: filters w, biases b, their gradients dw and db</li>
        <li><span class="sample output">1</span> green: the output and its gradient dout</li>
        <li><span class="sample input window">1</span> a thick frame: the current window, and the filter on it</li>
        <li><span class="sample output current">1</span> a double frame, bold: the current cell, which the sum is about</li>
        <li><span class="sample input padding">0</span> hatched, in rows and columns called P or ·: inserted zeros</li>
        <li><span class="sample input unread">1</span> struck through:
          read by no window when rounding down (or a wrong guess)</li>
        <li><span class="sample input" data-linked>1</span> a dashed frame:
          related to the number that you point at or focused with Tab</li>
        <li><span class="sample input two">4<small>+2</small></span> after a plus: what this step adds; +(−2) takes 2 away</li>
        <li><span class="sample input two">4<small>max</small></span> max: a maximum of its window</li>
        <li><span class="sample input two">4<small>✓</small></span> a tick: guessed right, on a worksheet</li>
        <li><span class="sample plain">▸</span> before a name: a plane that takes part in this step</li>
      </ul>
      <p>Tables of numbers: Tab goes to one, the arrow keys move within it, and every number of x, w,
        b and dout can be typed over. All
        results are those of the library: <code>convForward</code>, <code>convBackward</code>, <code>im2col</code>,{' '}
        <code>maxPoolForward</code> and <code>maxPoolBackward</code> of <code>tfjs-explicit-layers/reference</code>.</p>
    </details>
  );
}
