//! Cheap functions of the C library beside what they do.

use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::ptr;

use divan::{Bencher, black_box};
use imgferry::LocalImage;
use imgferry::ffi::{
    IMGFERRY_OK, imgferry_local_image, imgferry_local_image_free, imgferry_local_image_parse,
    imgferry_local_image_tag,
};

const NAME: &CStr = c"localhost:5000/team/app:1.36";

fn parsed(name: &CStr) -> Box<imgferry_local_image> {
    let mut image = MaybeUninit::new(ptr::null_mut());
    // SAFETY: the name is a text.
    let status = unsafe { imgferry_local_image_parse(name.as_ptr(), Some(&mut image), None) };
    assert_eq!(status, IMGFERRY_OK);
    // SAFETY: it was initialised, and the function has written it once more.
    let image = unsafe { image.assume_init() };
    // SAFETY: what the library gives away is a Box.
    unsafe { Box::from_raw(image) }
}

#[divan::bench]
fn parse_and_free_in_c() {
    let image = parsed(black_box(NAME));
    // SAFETY: nobody else has it.
    unsafe { imgferry_local_image_free(Some(image)) };
}

#[divan::bench]
fn parse_and_free_in_rust() -> LocalImage {
    let name = black_box(NAME).to_str().expect("UTF-8");
    LocalImage::parse(name).expect("a name")
}

#[divan::bench]
fn getter_in_c(bencher: Bencher<'_, '_>) {
    let image = parsed(NAME);
    // SAFETY: the image lives.
    bencher.bench_local(|| unsafe { imgferry_local_image_tag(Some(black_box(&image))) });
}

#[divan::bench]
fn getter_in_rust(bencher: Bencher<'_, '_>) {
    let image = parse_and_free_in_rust();
    bencher.bench_local(|| black_box(&image).tag().map(str::as_ptr));
}
