"""scheduling: nobody's priority is raised, neither by the AV1 encoder nor by another library."""

import os
import threading

import numpy as np
import pytest

from cleanplate.video import scheduling
from cleanplate.video.videos import Encoding, create_video

pytestmark = pytest.mark.skipif(not os.path.isdir(scheduling.TASKS), reason="threads are listed on Linux only")
ORDINARY = {(os.SCHED_OTHER, 0)} if hasattr(os, "SCHED_OTHER") else set()


def test_no_thread_is_at_real_time_priority_while_av1_is_written_and_after(tmp_path):
    with create_video(tmp_path / "a.mp4", Encoding((64, 64), codec="av1")) as writer:
        for pts in range(3):
            writer.write(np.zeros((64, 64, 3), np.uint8), pts)
            assert len(scheduling.classes()) > 3  # the encoder's own are among them
            assert set(scheduling.classes().values()) == ORDINARY
    assert set(scheduling.classes().values()) == ORDINARY


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root raises priorities")
def test_old_threads_get_their_own_class_back_and_new_ones_that_of_the_caller():
    stop, ready = threading.Event(), threading.Event()
    other = threading.Thread(target=lambda: (os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(3)), ready.set(), stop.wait(30)))
    other.start()
    assert ready.wait(30)
    with scheduling.kept():
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(99))
        os.sched_setscheduler(other.native_id, os.SCHED_FIFO, os.sched_param(99))
        started = threading.Thread(target=stop.wait, args=(30,))  # it inherits what the caller has now
        started.start()
        assert scheduling.class_of(started.native_id) == (os.SCHED_FIFO, 99)
    found = [scheduling.class_of(each) for each in (0, other.native_id, started.native_id)]
    stop.set()
    other.join()
    started.join()
    assert found == [(os.SCHED_OTHER, 0), (os.SCHED_RR, 3), (os.SCHED_OTHER, 0)]
