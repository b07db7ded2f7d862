"""serve.figures and serve.state: what is counted is what happened."""

import re

from cleanplate.models import graphs
from cleanplate.serve.figures import Figures

LINE = re.compile(r'(# (HELP|TYPE) \w+ .+|\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? -?[0-9.e+]+)')


def test_figures_have_the_form_that_prometheus_reads():
    figures = Figures()
    for seconds in (0.01, 0.2, 0.2, 99):
        figures.worked(seconds)
    figures.answered("/v1/compose", 200)
    lines = figures.text({"workers": 2}).splitlines()
    assert all(LINE.fullmatch(line) for line in lines)
    assert 'cleanplate_requests_total{path="/v1/compose",status="200"} 1' in lines
    assert 'cleanplate_job_seconds_bucket{le="0.25"} 3' in lines
    assert 'cleanplate_job_seconds_bucket{le="+Inf"} 4' in lines
    assert "cleanplate_job_seconds_count 4" in lines
    assert "cleanplate_workers 2" in lines


def test_a_server_counts_what_it_answers_and_names_no_id(client, disc, ground):
    def count(path: str, status: int) -> int:
        text = client.request("GET", "/metrics")[1].decode()
        found = re.search(rf'total\{{path="{re.escape(path)}",status="{status}"\}} (\d+)', text)
        return int(found[1]) if found else 0

    before = count("/v1/compose", 200), count("/v1/plates/{id}", 204)
    client.compose(disc, ground)
    client.request("DELETE", f"/v1/plates/{client.keep_plate(ground).id}")
    assert (count("/v1/compose", 200), count("/v1/plates/{id}", 204)) == (before[0] + 1, before[1] + 1)
    text = client.request("GET", "/metrics")[1].decode()
    assert not re.search("[0-9a-f]{32}", text)
    assert 10e6 < float(re.search(r"cleanplate_memory_bytes ([0-9.e+]+)", text)[1]) < 4e9


def test_models_are_those_of_the_command(client):
    listed = client.get_json("/v1/models")["models"]
    assert {each["name"]: each["sha256"] for each in listed} == {
        name: model.sha256 for name, model in graphs.catalogue().items()
    }
