"""Dockerfiles, compose files and Terraform read as data; any text is judged or refused."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lastmile_desktop.project.models.delivery.compose_faults import compose_faults
from lastmile_desktop.project.models.delivery.container_faults import container_faults
from lastmile_desktop.project.models.delivery.container_hygiene import hygiene_faults
from lastmile_desktop.project.models.delivery.container_secrets import secret_faults
from lastmile_desktop.project.models.delivery.dockerfiles import is_dockerfile, parse
from lastmile_desktop.project.models.delivery.hcl import parse as parse_hcl
from lastmile_desktop.project.models.delivery.kubernetes_faults import kubernetes_faults
from lastmile_desktop.project.models.delivery.terraform_faults import TerraformFile, terraform_faults
from lastmile_desktop.project.models.yaml_tree import parse as parse_yaml


def test_stages_flags_and_continued_lines() -> None:
    text = "ARG V=22\nFROM node:${V} AS build\nRUN --mount=type=cache,target=/x a \\\n # why\n  && b\nFROM build\nUSER node\n"
    image = parse("Dockerfile", text)
    assert image is not None
    assert [(stage.base, stage.alias, stage.parent) for stage in image.stages] == [
        ("node:22", "build", None),
        ("build", "", 0),
    ]
    run = image.stages[0].named("RUN")[0]
    assert (run.line, run.last_line, run.flag("mount")) == (3, 5, "type=cache,target=/x")
    assert image.shipped() == {0, 1}


def test_names_of_dockerfiles() -> None:
    names = [
        "Dockerfile",
        "api/Dockerfile.prod",
        "web.Dockerfile",
        "Containerfile",
        ".dockerignore",
        "Dockerfile.md",
    ]
    assert [is_dockerfile(name) for name in names] == [True, True, True, True, False, False]


def test_blocks_with_heredocs_and_nesting() -> None:
    text = 'resource "a" "b" {\n  x = <<EOT\n  } {\nEOT\n  y = [1,\n   2]\n  c { z = "1" }\n}\n'
    block = parse_hcl(text)[0]
    assert (block.labels, block.line, block.last_line) == (("a", "b"), 1, 8)
    assert [item.name for item in block.attributes] == ["x", "y"]
    assert next(block.inner("c")).value("z") == "1"


@given(st.text(alphabet=st.sampled_from(list("FROMRUNCPYADENV \n\\\"'[]{}$=<:#&|/.-aw1")), max_size=300))
def test_any_text_is_an_image_or_none(text: str) -> None:
    image = parse("Dockerfile", "FROM x\n" + text)
    assert image is not None
    for judge in (container_faults, secret_faults, hygiene_faults):
        list(judge(image))


@given(st.text(alphabet=st.sampled_from(list('resource "a" {}=[]()<\n#/*xE,.')), max_size=300))
def test_any_text_is_blocks(text: str) -> None:
    list(terraform_faults((TerraformFile("main.tf", parse_hcl(text)),)))


@given(
    st.recursive(
        st.one_of(st.text(max_size=12), st.sampled_from(["5432:5432", "postgres", "Deployment", "true"])),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(
                st.sampled_from(
                    [
                        "services",
                        "ports",
                        "image",
                        "environment",
                        "volumes",
                        "spec",
                        "template",
                        "kind",
                        "containers",
                    ]
                ),
                inner,
                max_size=4,
            ),
        ),
        max_leaves=15,
    )
)
def test_any_tree_is_judged(value: object) -> None:
    import json

    root = parse_yaml(
        json.dumps({"services": value, "kind": "Deployment", "spec": value}, ensure_ascii=False)
    ).root
    if root is None:
        return
    list(compose_faults("compose.yml", root))
    list(kubernetes_faults("k8s/a.yaml", (root,)))
