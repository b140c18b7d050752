// Draws chart options that stand in the page as JSON. The library is fetched when a chart comes into view.

const hosts = document.querySelectorAll(".chart[data-option]");

function load(url) {
  if (window.echarts) return Promise.resolve();
  return new Promise((done, failed) => {
    const script = Object.assign(document.createElement("script"), { src: url, onload: done, onerror: failed });
    document.head.append(script);
  });
}

// What JSON cannot hold: nodes are named step:key and show their text; tooltips show what the server wrote.
function complete(option) {
  for (const series of option.series) {
    if (series.type === "sankey") series.label.formatter = (of) => of.data.text;
  }
  option.tooltip.formatter = (of) => of.data.tip;
  return option;
}

async function draw(host) {
  await load(host.dataset.library);
  const option = JSON.parse(document.getElementById(host.dataset.option).textContent);
  const chart = window.echarts.init(host, null, { renderer: "canvas" });
  chart.setOption(complete(option));
  host.dataset.drawn = "";
  const fit = () => chart.resize();
  addEventListener("resize", fit);
  document.addEventListener("visibilitychange", fit);
}

const seen = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    seen.unobserve(target);
    draw(target);
  }
});
for (const host of hosts) seen.observe(host);
