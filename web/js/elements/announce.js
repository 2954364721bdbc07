/** Says a sentence to screen readers, politely. What is seen must say it too. */
export function announce(sentence) {
  const region = document.getElementById("announcements");
  region.textContent = "";
  // An empty region first: saying the same sentence twice must be heard twice.
  requestAnimationFrame(() => {
    region.textContent = sentence;
  });
}
